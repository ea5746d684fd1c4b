"""The synthetic day: the same for a seed, with every planted trouble in it, in order of arrival."""

from __future__ import annotations

from collections import Counter

from detectors.catalogue import bundled
from detectors.types import Phase
from pipelines import codec
from pipelines.demo import day
from pipelines.demo.authority import DAY_MS
from pipelines.errors import BadMessage
from pipelines.gateways.play import TICK_MS
from pipelines.readings.message import columns, parse
from pipelines.readings.stage import ReadingsStage
from pipelines.stage import Emit
from tests.unit.demo.known import DAY_START_MS, batch, demo_registry, on_log, tick

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


async def test_the_rules_make_of_the_day_what_was_planted() -> None:
    """OFF-7, OFF-11: places by rule, sites on partitions of their own, and none but the planted."""
    stage = ReadingsStage(demo_registry(), bundled(), lateness_ms=360_000, future_ms=300_000)
    found: set[tuple[str, str]] = set()
    first_ms, over_ms = MESSAGES[0].at_ms, DAY_START_MS + DAY_MS
    ticks = [(at, tick(at)) for at in range(first_ms // TICK_MS * TICK_MS, over_ms + 1, TICK_MS)]
    for site_id in sorted({message.site_id for message in MESSAGES}):
        sent = [(m.at_ms, batch(m)) for m in MESSAGES if m.site_id == site_id]
        in_order = sorted([*sent, *ticks], key=lambda pair: pair[0])
        log = [on_log(message.value, offset) for offset, (_, message) in enumerate(in_order)]
        state = stage.load({})
        for start in range(0, len(log), 50):
            outcome = await stage.handle(state, log[start : start + 50], now_ms=0)
            emitted = [effect for effect in outcome.effects if isinstance(effect, Emit)]
            signals = [codec.decode(effect.value, codec.SignalMessage).signal for effect in emitted]
            found.update((s.rule_id, s.place) for s in signals if s.phase is Phase.OPENED)
    assert Counter(rule_id for rule_id, _ in found) == {
        rule: count for rule, count in day.ALERTS.items() if count
    }
