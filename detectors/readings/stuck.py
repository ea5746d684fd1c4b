"""Owns the ``stuck`` rule: a probe whose value does not move. Must not judge limits.

Values belong to one stretch while they lie within ``resolution`` of each other. A spell opens when
an unbroken part of a stretch lasts ``lasts_s`` with ``readings_min`` readings, starts with that
part's first reading, and closes with the first value outside the stretch.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Entry
from detectors.readings.columns import runs
from detectors.readings.judged import eligible, gap_ms, signal
from detectors.readings.plan import ROUNDING
from detectors.readings.state import NEVER_MS, StuckState
from detectors.types import Phase, Series, Signal

_FIRST_LOOK = 64
Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def judge(
    entry: Entry,
    series: Series,
    state: StuckState | None,
    time_ms: Times,
    value: Floats,
) -> tuple[StuckState | None, list[Signal]]:
    """Judges new normal readings, sorted, ``(n,)`` each."""
    keep = eligible(entry, series, time_ms)
    if keep is not None:
        time_ms, value = time_ms[keep], value[keep]
    if not len(time_ms):
        return state, []
    signals: list[Signal] = []
    last = len(value)
    for number, (start, end) in enumerate(_stretches(entry, series, state, time_ms, value)):
        if number:  # only the first stretch goes on from what was carried
            state = None
        if end > start:
            state, found = _stretch(entry, series, state, time_ms[start:end], value[start:end])
            signals += found
        if end < last and state is not None and state.start_ms != NEVER_MS:
            new_value = {"new_value": float(value[end])}
            signals.append(_closed(entry, series, state, int(time_ms[end]), new_value))
    return state, signals


def _stretches(
    entry: Entry, series: Series, state: StuckState | None, time_ms: Times, value: Floats
) -> Iterator[tuple[int, int]]:
    """Stretches that can matter, as (start, end): the carried one, long ones, the last.

    The first begins at row 0 and may be empty, where the carried stretch ends at once. A jump
    between neighbours ends any stretch, so what lies between two jumps is split on its own.
    """
    allowed = series.resolution + ROUNDING
    jumps = np.flatnonzero(np.abs(np.diff(value)) > allowed) + 1
    bounds = np.concatenate([[0], jumps, [len(value)]])
    starts, ends = bounds[:-1], bounds[1:]
    matters = time_ms[ends - 1] - time_ms[starts] >= entry.lasts_s * 1000
    matters[0] = matters[-1] = True
    for k in np.flatnonzero(matters).tolist():
        start, end = int(starts[k]), int(ends[k])
        carried = (state.low, state.high) if k == 0 and state is not None else None
        while start < end or carried is not None:
            stop = _reach(value, start, end, allowed, carried)
            yield start, stop
            start, carried = stop, None


def _reach(
    value: Floats, start: int, end: int, allowed: float, carried: tuple[float, float] | None
) -> int:
    """Where the stretch that begins at ``start`` ends."""
    low, high = carried or (float(value[start]), float(value[start]))
    at, look = start, _FIRST_LOOK
    while at < end:
        part = value[at : min(end, at + look)]
        lows = np.minimum(np.minimum.accumulate(part), low)
        highs = np.maximum(np.maximum.accumulate(part), high)
        over = highs - lows > allowed
        fits = int(over.argmax()) if over.any() else len(part)
        if fits:
            low, high = float(lows[fits - 1]), float(highs[fits - 1])
        at += fits
        if fits < len(part):
            break
        look *= 2
    return at


def _stretch(
    entry: Entry,
    series: Series,
    state: StuckState | None,
    time_ms: Times,
    value: Floats,
) -> tuple[StuckState, list[Signal]]:
    """Goes along one stretch; ``state`` is what was carried into it."""
    was = state or StuckState(
        last_ms=NEVER_MS,
        since_ms=NEVER_MS,
        count=0,
        low=float(value[0]),
        high=float(value[0]),
    )
    carried = (was.since_ms, was.count, was.last_ms)
    every = np.ones(len(time_ms), np.bool_)
    _, since, count = runs(every, time_ms, gap_ms(series), carried=carried)
    left = StuckState(
        last_ms=int(time_ms[-1]),
        since_ms=int(since[-1]),
        count=int(count[-1]),
        low=min(was.low, float(value.min())),
        high=max(was.high, float(value.max())),
        start_ms=was.start_ms,
    )
    if was.start_ms != NEVER_MS:
        return left, []
    lasted = time_ms - since >= entry.lasts_s * 1000
    enough = np.flatnonzero(lasted & (count >= entry.parameters["readings_min"]))
    if not len(enough):
        return left, []
    row = int(enough[0])
    low = min(was.low, float(value[: row + 1].min()))
    high = max(was.high, float(value[: row + 1].max()))
    inputs = {
        "unchanged_readings": float(count[row]),
        "unchanged_s": float(time_ms[row] - since[row]) / 1000,
        "lowest": low,
        "highest": high,
        "resolution": series.resolution,
        "lasts_s": entry.lasts_s,
    }
    start_ms = int(since[row])
    opened = signal(
        entry,
        series,
        Phase.OPENED,
        start_ms=start_ms,
        at_ms=int(time_ms[row]),
        value=float(value[row]),
        unit=series.unit,
        inputs=inputs,
    )
    return msgspec.structs.replace(left, start_ms=start_ms), [opened]


def _closed(
    entry: Entry, series: Series, state: StuckState, at_ms: int, inputs: dict[str, float]
) -> Signal:
    fixed = {
        "lowest": state.low,
        "highest": state.high,
        "resolution": series.resolution,
        "spell_s": (at_ms - state.start_ms) / 1000,
    }
    return signal(
        entry,
        series,
        Phase.CLOSED,
        start_ms=state.start_ms,
        at_ms=at_ms,
        value=state.high,
        unit=series.unit,
        inputs=fixed | inputs,
    )


def expire(entry: Entry, series: Series, state: StuckState, at_ms: int) -> list[Signal]:
    """Ends an open spell at a moment from which its entry does not hold."""
    if state.start_ms == NEVER_MS:
        return []
    return [_closed(entry, series, state, at_ms, {"out_of_force": 1.0})]
