"""The synthetic day: the same for a seed, with every planted trouble in it, in order of arrival."""

from __future__ import annotations

from collections import Counter

from pipelines.demo import day
from pipelines.errors import BadMessage
from pipelines.readings.message import columns, parse
from tests.unit.demo.known import DAY_START_MS, demo_registry

MESSAGES = day.messages(DAY_START_MS)


def test_a_seed_makes_the_same_day_and_another_seed_another() -> None:
    assert day.messages(DAY_START_MS) == MESSAGES
    other = day.messages(DAY_START_MS, seed=day.SEED + 1)
    assert [m.body for m in other] != [m.body for m in MESSAGES]
    assert Counter(m.planted for m in other) == Counter(m.planted for m in MESSAGES)


def test_messages_arrive_in_order_and_not_before_they_were_measured() -> None:
    assert [m.at_ms for m in MESSAGES] == sorted(m.at_ms for m in MESSAGES)
    for message in MESSAGES:
        if not message.planted:
            times = [t for block in parse(message.body).series for t in block.t]
            assert max(times) < message.at_ms


def test_planted_troubles_are_counted() -> None:
    planted = Counter(message.planted for message in MESSAGES)
    assert planted == {"": planted[""], "garbage": 8, "duplicate": 5, "late": 2}
    assert planted[""] > 1000


def test_duplicates_are_the_same_bytes_later() -> None:
    for copy in [m for m in MESSAGES if m.planted == "duplicate"]:
        original, again = [m for m in MESSAGES if m.body == copy.body]
        assert original.at_ms < again.at_ms
        assert again is copy


def test_only_the_garbage_is_refused() -> None:
    known = demo_registry().by_device
    reasons: Counter[str] = Counter()
    for message in MESSAGES:
        try:
            parsed = parse(message.body)
            series = known[parsed.device]
            faults = columns(parsed, series, latest_ms=message.at_ms + 300_000).faults
        except BadMessage as error:
            faults = (error,)
        except KeyError:
            faults = (BadMessage("unknown_device", ""),)
        assert bool(faults) == (message.planted == "garbage")
        reasons.update(fault.reason for fault in faults)
    assert reasons == {
        "not_json": 3, "unknown_device": 1, "wrong_unit": 1, "not_a_number": 1,
        "in_the_future": 1, "unknown_quantity": 1,
    }  # fmt: skip


def test_the_spike_stands_alone_far_above_the_limit() -> None:
    turbidity = [
        value
        for message in MESSAGES
        if message.site_id == "pool-hall" and not message.planted
        for block in parse(message.body).series
        if block.quantity == "turbidity"
        for value in block.v
    ]
    assert [value for value in turbidity if value is not None and value > 1] == [8.0]
