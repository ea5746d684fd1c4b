"""Readings and series that the tests of the readings engine are built from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from detectors.catalogue import Catalogue
from detectors.readings import EngineState, StepResult, decode_state, encode_state, step
from detectors.readings.state import HOUR_MS as _HOUR_MS
from detectors.types import OpeningHours, Readings, Series, Signal

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
# 2026-03-02, a Monday, 00:00 in Wucheng.
DAY_MS = 1_772_380_800_000
ALWAYS = OpeningHours.daily(0, 1440)


def a_series(
    series_id: int = 1,
    *,
    quantity: str = "free_chlorine",
    unit: str = "mg/L",
    site_kind: str = "pool",
    interval_s: float = 60,
    resolution: float = 0.01,
    hours: OpeningHours = ALWAYS,
) -> Series:
    """One series of one device in one place."""
    return Series(
        series_id=series_id,
        device_id="device-1",
        party_id="party-1",
        site_id="site-1",
        site_kind=site_kind,
        place="place-1",
        quantity=quantity,
        unit=unit,
        interval_s=interval_s,
        resolution=resolution,
        hours=hours,
    )


def readings(rows: Iterable[tuple[int, int, float]], *, flag: int = 0) -> Readings:
    """Rows of (series id, time_ms, value) as columns, all with one flag."""
    listed = list(rows)
    return Readings(
        time_ms=np.array([t for _, t, _ in listed], np.int64),
        series=np.array([s for s, _, _ in listed], np.int32),
        value=np.array([v for _, _, v in listed], np.float64),
        flag=np.full(len(listed), flag, np.uint8),
    )


def play(
    batches: Iterable[tuple[Readings, int]],
    known: dict[int, Series],
    catalogue: Catalogue,
    state: EngineState | None = None,
    *,
    restart: bool = True,
) -> tuple[list[Signal], list[StepResult]]:
    """Steps through (batch, watermark) pairs; with ``restart`` each in a state loaded anew."""
    state = state or EngineState()
    results, stored = [], Readings.concat([])
    for batch, watermark_ms in batches:
        stored = Readings.concat([stored, _in_time(state, batch)])
        result = step(state, batch, watermark_ms=watermark_ms, series=known, catalogue=catalogue)
        results.append(result)
        if restart:
            state = restarted(state, stored)
    return [signal for result in results for signal in result.signals], results


def restarted(state: EngineState, stored: Readings) -> EngineState:
    """What a worker loads after a crash: states and groups as bytes, readings as stored."""
    plan = state.plan
    assert plan is not None
    states = [encode_state(state.stored(plan.slot_of(sid))) for sid in plan.series]
    new = EngineState()
    new.load([decode_state(raw) for raw in states], dict(state.groups))
    new.watermark_ms = state.watermark_ms
    since = new.recall_from(_HOUR_MS)
    ids = np.array(list(since), np.int32)
    least = np.array(list(since.values()), np.int64)
    if len(ids):
        at = np.searchsorted(ids, stored.series).clip(max=len(ids) - 1)
        new.recall(stored.where((ids[at] == stored.series) & (stored.time_ms >= least[at])))
    return new


def _in_time(state: EngineState, batch: Readings) -> Readings:
    """What is stored as not late: later than what its series was judged up to."""
    if state.plan is None:
        return batch
    judged = {sid: state.stored(state.plan.slot_of(sid)).judged_ms for sid in state.plan.series}
    late = [t <= judged.get(s, t - 1) for t, s in zip(batch.time_ms, batch.series, strict=True)]
    return batch.where(~np.array(late, np.bool_))


def in_order(signals: Iterable[Signal]) -> list[Signal]:
    """The same signals in one order, for comparing runs."""
    return sorted(
        signals, key=lambda s: (s.at_ms, s.series_id or 0, s.rule_id, s.start_ms, s.phase)
    )
