"""What once stopped a partition for ever, or lost a verdict: each found by somebody else's eyes."""

from __future__ import annotations

import msgspec
import pytest

from detectors.catalogue import Catalogue, bundled
from detectors.readings import EngineState, step
from detectors.types import Phase, Readings
from pipelines import codec
from pipelines.gateways.outgoing import Outgoing
from pipelines.readings.rejudge import merged
from pipelines.stage import Copy, Refuse
from tests.unit.demo.known import batch, on_log
from tests.unit.detectors.streams import DAY_MS, HOUR_MS, MINUTE_MS, a_series, play, readings
from tests.unit.readings.test_stage import NOON, refused, run

SILENT = next(e for e in bundled().entries if e.id == "sensor-silent")
DAY_OF_CHANGE = SILENT.valid_from.replace(year=2026, month=3, day=3)  # the day after DAY_MS


def of_probe(seq: int, times: list[int], values: list[float], unit: str = "pH") -> codec.Envelope:
    block = {"quantity": "ph", "unit": unit, "t": times, "v": values}
    body = msgspec.json.encode({"device": "pool-probe", "seq": seq, "series": [block]})
    return codec.decode(
        batch(Outgoing(at_ms=NOON, site_id="pool-hall", body=body)).value, codec.Envelope
    )


@pytest.mark.parametrize("time_ms", [-(2**63), -(10**30), 10**30])
async def test_absurd_times_are_refused_and_the_state_can_be_stored(time_ms: int) -> None:
    raw = (
        b'{"device":"pool-probe","seq":1,"series":[{"quantity":"ph","unit":"pH","t":[%d],"v":[7]}]}'
        % time_ms
    )
    sent = batch(Outgoing(at_ms=NOON, site_id="pool-hall", body=raw))
    assert len(refused(await run([[sent]], restart=True))) == 1


async def test_a_value_no_mean_can_hold_is_refused() -> None:
    good, wild = of_probe(1, [NOON], [7.2]), of_probe(2, [NOON + 1], [1e200])
    effects = await run([[on_log(codec.encode(good)), on_log(codec.encode(wild), 1)]])
    assert refused(effects) == ["not_a_number"]
    assert sum(len(list(e.rows)) for e in effects if isinstance(e, Copy)) == 1


async def test_a_run_of_nothing_readable_is_refused_whole() -> None:
    effects = await run([[on_log(b"x"), on_log(b"y", 1)]])
    assert all(isinstance(effect, Refuse) for effect in effects)
    assert len(effects) == 2


def two_versions() -> Catalogue:
    """Silence by version 1 until the end of the first day, by version 2 from then on."""
    first = msgspec.structs.replace(SILENT, valid_to=DAY_OF_CHANGE)
    second = msgspec.structs.replace(SILENT, version="2", valid_from=DAY_OF_CHANGE)
    return Catalogue((first, second), offered=())


@pytest.mark.parametrize("step_min", [1, 10, 600])
def test_silence_goes_on_by_the_next_version(step_min: int) -> None:
    """Open at midnight: closed by the version it was found by, opened by the one that holds."""
    rows = readings((1, DAY_MS + m * MINUTE_MS, 0.6) for m in range(23 * 60))
    ticks = [
        (Readings.concat([]), DAY_MS + 23 * HOUR_MS + m * MINUTE_MS)
        for m in range(0, 1200, step_min)
    ]
    signals, _ = play([(rows, DAY_MS + 23 * HOUR_MS), *ticks], {1: a_series()}, two_versions())
    found = [(s.rule_version, s.phase, (s.at_ms - DAY_MS) // MINUTE_MS) for s in signals]
    assert sorted(found, key=lambda f: f[0]) == [
        ("1", Phase.OPENED, 22 * 60 + 59 + 10),
        ("1", Phase.CLOSED, 24 * 60),
        ("2", Phase.OPENED, 24 * 60),
    ]


def test_nothing_is_awaited_where_a_device_stood_before() -> None:
    """`OFF-10`: a device that moved is silent at its former place, and rightly so."""
    moved = msgspec.structs.replace(a_series(), until_ms=DAY_MS + HOUR_MS)
    rows = readings((1, DAY_MS + m * MINUTE_MS, 0.6 + 0.03 * (m % 3)) for m in range(58))
    ticks = [(Readings.concat([]), DAY_MS + h * HOUR_MS) for h in range(1, 9)]
    signals, results = play(
        [(rows, DAY_MS + 58 * MINUTE_MS), *ticks], {1: moved}, bundled(), restart=False
    )
    assert not signals
    assert not results[-1].touched


def test_a_spell_ends_where_its_rule_covers_the_series_no_longer() -> None:
    """The kind of site was corrected while a limit was broken."""
    state, known = EngineState(), {1: a_series()}
    bad = readings((1, DAY_MS + m * MINUTE_MS, 0.1 + 0.03 * (m % 3)) for m in range(60))
    at_ms = DAY_MS + HOUR_MS
    opened = step(state, bad, watermark_ms=at_ms, series=known, catalogue=bundled()).signals
    known = {1: msgspec.structs.replace(known[1], site_kind="hotel")}
    closed = step(
        state, readings([]), watermark_ms=at_ms + 1, series=known, catalogue=bundled()
    ).signals
    assert [s.phase for s in (*opened, *closed)] == [Phase.OPENED, Phase.CLOSED]


def test_late_readings_far_apart_are_not_one_span() -> None:
    """One reading of a dead clock must not have years judged again."""
    rows = [
        {"late_span_id": n, "series_id": 1, "partition": 0, "from_ms": t, "to_ms": t}
        for n, t in enumerate([DAY_MS, DAY_MS + MINUTE_MS, DAY_MS + 9 * HOUR_MS])
    ]
    assert [span.ids for span in merged(rows)] == [[0, 1], [2]]
