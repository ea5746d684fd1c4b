"""Roll-ups against sums made by hand, whatever the cuts; screening against judging one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.catalogue import bundled
from detectors.readings import Buckets, StepResult, engine
from detectors.readings.rollup import HOUR_MS, MINUTE_MS
from detectors.types import Flag, Readings
from tests.unit.detectors.streams import DAY_MS, a_series, in_order, play, readings
from tests.unit.detectors.test_chunking import CATALOGUES, KNOWN, START_MS, deliveries, streams

END_MS = START_MS + 300 * MINUTE_MS
Row = tuple[int, int, int, float, float, float, float]


def rows_of(results: list[StepResult], pick: Callable[[StepResult], list[Buckets]]) -> list[Row]:
    """All buckets of a run: series, start, n, least, most, mean, 95th percentile."""
    found: list[Row] = []
    for one in (b for result in results for b in pick(result)):
        columns = (one.slot, one.time_ms, one.n, one.lowest, one.highest, one.mean, one.p95)
        found += zip(*(column.tolist() for column in columns), strict=True)
    return sorted(found)


def by_hand(rows: Readings, width_ms: int) -> list[Any]:
    """The same from the readings, one bucket after the other; one reading a moment."""
    normal: dict[tuple[int, int], dict[int, tuple[int, float]]] = {}
    for t, s, v, f in zip(rows.time_ms, rows.series, rows.value, rows.flag, strict=True):
        at = normal.setdefault((int(s), int(t // width_ms * width_ms)), {})
        at[int(t)] = min(at.get(int(t), (9, 0.0)), (int(f), float(v)))
    found: list[Any] = []
    for (sid, begin), moments in normal.items():
        values = sorted(v for f, v in moments.values() if f == Flag.NORMAL)
        if values:
            p95 = values[int(np.ceil(0.95 * len(values))) - 1]
            mean = pytest.approx(sum(values) / len(values), abs=1e-9)
            found.append((sid, begin, len(values), values[0], values[-1], mean, p95))
    return sorted(found, key=lambda row: row[:2])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_roll_ups_are_the_sums_of_the_readings_whatever_the_cuts(data: st.DataObject) -> None:
    """Every closed minute and hour exactly once, by hand the same."""
    rows = data.draw(streams())
    _, results = play(data.draw(deliveries(rows)), KNOWN, CATALOGUES["always"])
    assert rows_of(results, lambda r: r.minutes) == by_hand(rows, MINUTE_MS)
    assert rows_of(results, lambda r: r.hours) == by_hand(rows, HOUR_MS)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_screening_finds_what_judging_one_by_one_finds(data: st.DataObject) -> None:
    """Calling no series calm must change no signal: the screen only spares work."""
    rows = data.draw(streams())
    catalogue = data.draw(st.sampled_from(list(CATALOGUES.values())))
    cuts = data.draw(deliveries(rows))
    screened, _ = play(cuts, KNOWN, catalogue)

    def nobody(_plan: Any, _table: Any, released: Any, *, watermark_ms: int) -> Any:
        del watermark_ms
        return np.zeros(len(released.slot), np.bool_)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "calm", nobody)
        one_by_one, _ = play(cuts, KNOWN, catalogue)
    assert in_order(screened) == in_order(one_by_one)


def test_the_share_in_limits_counts_mandatory_limits_only() -> None:
    """Chlorine 0.3 to 1.0: three of four; the advisory water temperature has no share."""
    known = {1: a_series(), 2: a_series(2, quantity="water_temperature", unit="°C")}
    chlorine = [(1, DAY_MS + n * 15_000, v) for n, v in enumerate([0.5, 0.2, 0.6, 0.7])]
    warm = [(2, DAY_MS, 35.0)]
    _, (result, *_) = play([(readings([*chlorine, *warm]), DAY_MS + MINUTE_MS)], known, bundled())
    shares = {
        int(sid): float(share)
        for one in result.minutes
        for sid, share in zip(one.slot, one.within, strict=True)
    }
    assert shares[1] == 0.75
    assert np.isnan(shares[2])


def test_a_day_is_named_once_when_it_is_over() -> None:
    """Days are Wucheng's; a sensor that went silent at noon still gets its day."""
    rows = readings((1, DAY_MS + n * MINUTE_MS, 0.6) for n in range(720))
    ticks = [(Readings.concat([]), DAY_MS + h * HOUR_MS) for h in range(13, 80)]
    _, results = play([(rows, DAY_MS + 12 * HOUR_MS), *ticks], {1: a_series()}, bundled())
    assert [day for result in results for day in result.days] == [(1, DAY_MS)]
