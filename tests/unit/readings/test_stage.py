"""The readings stage: effects do not depend on grouping; duplicates, lateness, staleness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.catalogue import load as load_catalogue
from pipelines import codec
from pipelines.demo import day
from pipelines.gateways.outgoing import Outgoing
from pipelines.readings.seen import SEQS_REMEMBERED
from pipelines.readings.stage import ReadingsStage
from pipelines.stage import Copy, Count, Effect, Emit, Message, Recall, Refuse, Save
from tests.unit.demo.known import DAY_START_MS, batch, demo_registry, on_log, tick

LATENESS_MS = 360_000
STAGE = ReadingsStage(demo_registry(), load_catalogue(), lateness_ms=LATENESS_MS, future_ms=300_000)
NOON = DAY_START_MS + 12 * 3600 * 1000


def the_day() -> list[Message]:
    """The day's messages from 7:00 to 15:00, ticks between, all of them on one partition."""
    start, end = DAY_START_MS + 7 * 3600 * 1000, DAY_START_MS + 15 * 3600 * 1000
    sent = [m for m in day.messages(DAY_START_MS) if start <= m.at_ms < end]
    timed = [(m.at_ms, batch(m)) for m in sent]
    timed += [(at, tick(at)) for at in range(start, end + 3_600_000, 300_000)]
    ordered = [message for _, message in sorted(timed, key=lambda pair: pair[0])]
    return [on_log(message.value, offset) for offset, message in enumerate(ordered)]


DAY = the_day()


async def run(groups: Sequence[Sequence[Message]], *, restart: bool = False) -> list[Effect]:
    """All effects of the groups in order; with ``restart`` the state is reloaded after each."""
    state = STAGE.load({})
    stored: dict[str, bytes] = {}
    effects: list[Effect] = []
    for group in groups:
        outcome = await STAGE.handle(state, group, now_ms=0)
        effects += outcome.effects
        for key, value in outcome.changed.items():
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = value
        if restart:
            state = STAGE.load(stored)
            wanted = STAGE.recall(state)
            if wanted is not None:
                STAGE.recalled(state, in_database(effects, wanted))
    return effects


def in_database(effects: Sequence[Effect], wanted: Recall) -> list[dict[str, Any]]:
    """What a recall's statement finds: the readings stored so far, and those that were late."""
    assert wanted.statement == "readings_recall"
    since: dict[str, int] = wanted.params["since"]  # type: ignore[assignment]
    found: dict[tuple[int, bool], dict[str, Any]] = {}
    late_of = {"readings_copy": False, "readings_late_copy": True}
    for effect in effects:
        if not isinstance(effect, Copy) or effect.statement not in late_of:
            continue
        late = late_of[effect.statement]
        for row_of in effect.rows:
            cells: tuple[Any, ...] = tuple(row_of)
            time, sid, value, flag = cells
            time_ms = round(time.timestamp() * 1000)
            if str(sid) in since and time_ms >= since[str(sid)]:
                empty = {"series_id": sid, "late": late, "time_ms": [], "value": [], "flag": []}
                row = found.setdefault((sid, late), empty)
                for name, cell in (("time_ms", time_ms), ("value", value), ("flag", flag)):
                    row[name].append(cell)
    return list(found.values())


def comparable(effects: Sequence[Effect]) -> dict[str, Any]:
    """What effects come to in the database, whatever their order and packing."""
    rows: Counter[Any] = Counter()
    counts: Counter[str] = Counter()
    saved: list[Any] = []
    for effect in effects:
        if isinstance(effect, Copy):
            rows.update((effect.statement, *row) for row in nan_is_none(effect.rows))
        elif isinstance(effect, Count):
            counts[effect.name] += effect.amount
        elif isinstance(effect, Refuse):
            saved.append((effect.message.offset, effect.error.reason, effect.original))
        elif isinstance(effect, Emit):
            signal = codec.decode(effect.value, codec.SignalMessage).signal
            saved.append((signal.signal_id, msgspec.json.encode(signal)))
        elif isinstance(effect, Save):
            saved.append((effect.statement, tuple(sorted(effect.params.items(), key=str))))
    return {"rows": rows, "counts": counts, "saved": sorted(saved, key=repr)}


def nan_is_none(rows: Iterable[Sequence[object]]) -> Iterator[tuple[object, ...]]:
    """Rows that can be compared: NaN is not equal to itself."""
    for row in rows:
        yield tuple(None if cell != cell else cell for cell in row)  # noqa: PLR0124


def cut(messages: Sequence[Message], at: Sequence[int]) -> list[Sequence[Message]]:
    edges = [0, *sorted(set(at)), len(messages)]
    return [messages[a:b] for a, b in pairwise(edges) if a < b]


@pytest.fixture(scope="module")
async def at_one_go() -> dict[str, Any]:
    return comparable(await run([DAY]))


async def test_the_day_holds_something_of_everything(at_one_go: dict[str, Any]) -> None:
    assert at_one_go["counts"]["readings_late"] > 0
    of = Counter[str]()
    for (statement, *_), count in at_one_go["rows"].items():
        of[statement] += count
    assert at_one_go["counts"]["readings_stored"] == of["readings_copy"]
    assert at_one_go["counts"]["readings_late"] == of["readings_late_copy"]
    assert of["readings_minutes_copy"] > of["readings_hours_copy"] > 0
    reasons = {entry[1] for entry in at_one_go["saved"] if isinstance(entry[0], int)}
    wanted = {
        "not_json", "unknown_device", "wrong_unit", "not_a_number", "in_the_future",
        "unknown_quantity",
    }  # fmt: skip
    assert wanted <= reasons
    signals = [entry for entry in at_one_go["saved"] if isinstance(entry[1], bytes)]
    assert len(signals) >= 4


@settings(max_examples=20, deadline=None)
@given(at=st.lists(st.integers(1, len(DAY) - 1), max_size=40), restart=st.booleans())
async def test_grouping_changes_nothing(
    at_one_go: dict[str, Any], at: list[int], restart: bool
) -> None:
    assert comparable(await run(cut(DAY, at), restart=restart)) == at_one_go


async def test_one_by_one_with_a_restart_after_each_changes_nothing(
    at_one_go: dict[str, Any],
) -> None:
    assert comparable(await run([[message] for message in DAY], restart=True)) == at_one_go


def ph(seq: int, *, at_ms: int, value: float = 7.3, received_ms: int | None = None) -> Message:
    body = msgspec.json.encode(
        {
            "device": "pool-probe",
            "seq": seq,
            "series": [{"quantity": "ph", "unit": "pH", "t": [at_ms], "v": [value]}],
        }
    )
    received = at_ms + 2000 if received_ms is None else received_ms
    return batch(Outgoing(at_ms=received, site_id="pool-hall", body=body))


def stored(effects: Sequence[Effect]) -> int:
    return sum(
        len(list(effect.rows))
        for effect in effects
        if isinstance(effect, Copy) and effect.statement == "readings_copy"
    )


def counted(effects: Sequence[Effect]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for effect in effects:
        if isinstance(effect, Count):
            found[effect.name] += effect.amount
    return dict(found)


def refused(effects: Sequence[Effect]) -> list[str]:
    return [effect.error.reason for effect in effects if isinstance(effect, Refuse)]


@pytest.mark.parametrize("together", [True, False])
async def test_a_duplicate_is_counted_and_not_stored(together: bool) -> None:
    pair = [ph(1, at_ms=NOON), ph(1, at_ms=NOON)]
    effects = await run([pair] if together else [[m] for m in pair], restart=True)
    assert stored(effects) == 1
    assert counted(effects) == {"readings_stored": 1, "messages_duplicate": 1}
    assert refused(effects) == []


async def test_the_same_number_with_other_content_is_refused_with_its_bytes() -> None:
    other = ph(1, at_ms=NOON, value=9.9)
    effects = await run([[ph(1, at_ms=NOON)], [other]], restart=True)
    assert stored(effects) == 1
    (refusal,) = [effect for effect in effects if isinstance(effect, Refuse)]
    assert refusal.error.reason == "conflicting_duplicate"
    assert refusal.original == codec.decode(other.value, codec.Envelope).raw


@pytest.mark.parametrize(
    ("behind_ms", "late"), [(LATENESS_MS - 1, 0), (LATENESS_MS, 1), (LATENESS_MS + 60_000, 1)]
)
async def test_late_readings_are_stored_counted_and_not_judged(behind_ms: int, late: int) -> None:
    effects = await run([[tick(NOON), ph(1, at_ms=NOON - behind_ms, received_ms=NOON)]])
    assert stored(effects) == 1
    assert counted(effects).get("readings_late", 0) == late


async def test_a_message_does_not_make_itself_late() -> None:
    """A gateway that was cut off sends an hour at once: the clock stood still for it meanwhile."""
    kept_back = ph(1, at_ms=NOON, received_ms=NOON + 3_600_000)
    effects = await run([[tick(NOON)], [kept_back, ph(2, at_ms=NOON + 1000)]])
    assert counted(effects) == {"readings_stored": 2, "readings_late": 1}


async def test_old_and_late_cannot_be_told_from_a_duplicate() -> None:
    many = [ph(seq, at_ms=NOON + seq * 1000) for seq in range(1, SEQS_REMEMBERED + 2)]
    later = NOON + 3_600_000
    repeated = ph(1, at_ms=NOON + 1000, received_ms=later)
    effects = await run([many, [tick(later)], [repeated]], restart=True)
    assert refused(effects) == ["stale"]
    assert stored(effects) == SEQS_REMEMBERED + 1


async def test_devices_answer_only_to_their_own_gateway() -> None:
    foreign = Outgoing(at_ms=NOON, site_id="hotel-main", body=codec.decode(
        ph(1, at_ms=NOON).value, codec.Envelope).raw)  # fmt: skip
    effects = await run([[batch(foreign)]])
    assert refused(effects) == ["foreign_device"]
    assert stored(effects) == 0


@pytest.mark.parametrize("value", [b"", b"garbage", b"\x80", b"\x81\xa1x" + b"\x91" * 200_000])
async def test_what_is_no_envelope_is_refused_whole(value: bytes) -> None:
    effects = await run([[on_log(value)]])
    (refusal,) = [effect for effect in effects if isinstance(effect, Refuse)]
    assert refusal.error.reason == "undecodable"
    assert refusal.original == value


async def test_a_message_partly_bad_keeps_both_its_rows_and_its_refusal() -> None:
    body = msgspec.json.encode(
        {
            "device": "pool-probe",
            "seq": 5,
            "series": [
                {"quantity": "ph", "unit": "pH", "t": [NOON], "v": [7.3]},
                {"quantity": "orp", "unit": "pH", "t": [NOON], "v": [0.7]},
            ],
        }
    )
    message = batch(Outgoing(at_ms=NOON, site_id="pool-hall", body=body))
    effects = await run([[message]])
    assert refused(effects) == ["wrong_unit"]
    assert stored(effects) == 1
    assert [e.params["original"] for e in effects if isinstance(e, Save)] == [body]
