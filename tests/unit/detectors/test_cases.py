"""Every case of every rule: the spells that must come out, and those that must not."""

from __future__ import annotations

import pytest

from detectors.catalogue import bundled
from detectors.catalogue.quantities import quantity
from detectors.readings.skew import SkewState, judge
from detectors.types import Flag, Readings, Signal
from detectors.vision import CameraState, decode_camera, encode_camera, step_camera
from tests.unit.detectors.cases import ALL_CASES
from tests.unit.detectors.cases.shape import (
    BagCase,
    Case,
    Expected,
    LookCase,
    ReadingCase,
    SkewCase,
)
from tests.unit.detectors.looks import tracked
from tests.unit.detectors.streams import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    a_series,
    in_order,
    play,
    readings,
)


def _spells(signals: list[Signal], rule_id: str, unit_ms: int) -> list[tuple[object, ...]]:
    """Signals of one rule in the form that cases write them in."""
    return [
        (
            s.phase.value,
            (s.start_ms - DAY_MS) / unit_ms,
            (s.at_ms - DAY_MS) / unit_ms,
            pytest.approx(s.value),
        )
        for s in in_order(signals)
        if s.rule_id == rule_id
    ]


def _name(case: Case) -> str:
    return f"{case.rule_id}: {case.name}"


@pytest.mark.parametrize("case", [c for c in ALL_CASES if isinstance(c, ReadingCase)], ids=_name)
def test_reading_case(case: ReadingCase) -> None:
    """Readings, one a minute, fed in batches of 37 with the watermark two minutes behind."""
    known = {
        1: a_series(
            quantity=case.quantity, unit=case.unit, site_kind=case.site_kind, hours=case.hours
        )
    }
    rows = [
        (1, DAY_MS + minute * MINUTE_MS, value)
        for minute in range(*case.minutes)
        if (value := case.values(minute)) is not None
    ]
    batches = [
        (
            _marked(case, readings(rows[i : i + 37], flag=case.flag)),
            rows[i : i + 37][-1][1] - 2 * MINUTE_MS,
        )
        for i in range(0, len(rows), 37)
    ]
    end_ms = DAY_MS + (case.minutes[1] - 1) * MINUTE_MS
    signals, _ = play([*batches, (Readings.concat([]), end_ms)], known, bundled())
    assert _spells(signals, case.rule_id, MINUTE_MS) == _wanted(case.expected)


def _marked(case: ReadingCase, rows: Readings) -> Readings:
    """Values that cannot be, marked as the readings stage does."""
    known = quantity(case.quantity)
    wrong = ((rows.value < known.low) | (rows.value > known.high)) & (rows.flag == Flag.NORMAL)
    rows.flag[wrong] = Flag.IMPOSSIBLE
    return rows


@pytest.mark.parametrize("case", [c for c in ALL_CASES if isinstance(c, SkewCase)], ids=_name)
def test_skew_case(case: SkewCase) -> None:
    """Messages one a minute, in order of arrival."""
    entry, state, signals = bundled().entry(case.rule_id, "1"), SkewState(), []
    for minute, offset_s in enumerate(case.offsets_s):
        at_ms = DAY_MS + minute * MINUTE_MS
        newest_ms = at_ms + int(offset_s * 1000)
        state, found = judge(entry, a_series(), state, newest_ms=newest_ms, arrived_ms=at_ms)
        signals += found
    assert _spells(signals, case.rule_id, MINUTE_MS) == _wanted(case.expected)


@pytest.mark.parametrize("case", [c for c in ALL_CASES if isinstance(c, BagCase)], ids=_name)
def test_bag_case(case: BagCase) -> None:
    """Bags in and out in one batch, then the watermark goes on hour by hour without readings."""
    known = {
        1: a_series(1, quantity="waste_bag_in", unit="", site_kind="clinic"),
        2: a_series(2, quantity="waste_bag_out", unit="", site_kind="clinic"),
    }
    moves = [(1, hour, bag) for hour, bag in case.came] + [(2, h, b) for h, b in case.left]
    rows = readings((sid, DAY_MS + int(hour * HOUR_MS), bag) for sid, hour, bag in moves)
    hours = range(int(case.until_hour) + 1)
    ticks = [(Readings.concat([]), DAY_MS + hour * HOUR_MS) for hour in hours]
    signals, _ = play([(rows, DAY_MS), *ticks], known, bundled())
    assert _spells(signals, case.rule_id, HOUR_MS) == _wanted(case.expected)


@pytest.mark.parametrize("case", [c for c in ALL_CASES if isinstance(c, LookCase)], ids=_name)
def test_look_case(case: LookCase) -> None:
    """OFF-7: looks through every rule of the camera, the state stored as bytes between them."""
    state: CameraState | None = None
    signals: list[Signal] = []
    for look in tracked(case.looks):
        state, found = step_camera(state, look, case.scene, bundled())
        state = decode_camera(encode_camera(state))
        signals += found
    assert _spells(signals, case.rule_id, 1000) == _wanted(case.expected)


def _wanted(expected: tuple[Expected, ...]) -> list[Expected]:
    return sorted(expected, key=lambda e: e[2])
