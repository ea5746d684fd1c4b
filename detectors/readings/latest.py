"""Owns the latest readings of each series: what waits, what windows need, what roll-ups are open.

A minute is over once the watermark has passed it: its readings go from ``held`` to the tail and
into the minute's roll-up; an hour is summed up from the tail. Must not judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue.entry import FAR_MS
from detectors.readings.plan import Plan
from detectors.readings.rollup import (
    HOUR_MS,
    MINUTE_MS,
    Buckets,
    buckets,
    day_of,
    days_of,
    hour_of,
)
from detectors.readings.state import EngineState, Recent
from detectors.types import Flag, Readings

if TYPE_CHECKING:
    from detectors.readings.engine import StepResult

Times = NDArray[np.int64]


def gathered(
    state: EngineState, visited: NDArray[np.int64], new: Readings, slots: NDArray[np.int64]
) -> Readings:
    """New readings and those held of the visited series, unsorted; ``series`` is the slot."""
    assert state.plan is not None  # noqa: S101  there are no slots without a plan
    ids = state.plan.series_ids
    held = [
        (slot, recent)
        for slot in visited.tolist()
        if (recent := state.recent.get(int(ids[slot]))) is not None and recent.held_time is not None
    ]
    sizes = [len(recent.held_time) for _, recent in held if recent.held_time is not None]
    return Readings(
        time_ms=np.concatenate([new.time_ms, *(r.held_time for _, r in held)]),
        series=np.concatenate(
            [slots, np.repeat(np.array([s for s, _ in held], np.int64), sizes)]
        ).astype(np.int32),
        value=np.concatenate([new.value, *(r.held_value for _, r in held)]),
        flag=np.concatenate([new.flag, *(r.flag for _, r in held)]),
    )


def tail(state: EngineState, slot: int, window_ms: int) -> tuple[Times, NDArray[np.float64]]:
    """Normal readings already judged that a window may still need, sorted."""
    assert state.plan is not None  # noqa: S101  there are no slots without a plan
    recent = state.recent.get(int(state.plan.series_ids[slot]))
    if recent is None or window_ms <= 0:
        return np.zeros(0, np.int64), np.zeros(0)
    time_ms, value = recent.tail()
    judged_ms = int(state.table["judged_ms"][slot])
    if recent.held_time is not None and recent.held_value is not None and recent.flag is not None:
        judged = (recent.held_time <= judged_ms) & (recent.flag == Flag.NORMAL)
        time_ms = np.concatenate([time_ms, recent.held_time[judged]])
        value = np.concatenate([value, recent.held_value[judged]])
    if not len(time_ms):
        return time_ms, value
    since = int(np.searchsorted(time_ms, time_ms[-1] - window_ms, side="right"))
    return time_ms[since:], value[since:]


def roll_up(
    state: EngineState,
    plan: Plan,
    visited: NDArray[np.int64],
    rows: Readings,
    *,
    watermark_ms: int,
    result: StepResult,
) -> Buckets:
    """Puts the rows away and sums up the minutes, hours and days that are over.

    Args:
        rows: all that was gathered, sorted; ``series`` is the slot.

    Returns:
        The minutes, by slot.
    """
    over_ms = (watermark_ms + 1) // MINUTE_MS * MINUTE_MS
    closed = rows.time_ms < over_ms
    _put_away(state, plan, rows, closed)
    state.table["rolled_ms"][visited] = np.maximum(state.table["rolled_ms"][visited], over_ms)
    summed = closed & (rows.flag == Flag.NORMAL)
    slot, time_ms = rows.series[summed].astype(np.int64), rows.time_ms[summed]
    minutes = buckets(
        slot, time_ms, rows.value[summed], width_ms=MINUTE_MS, low=plan.sum_low, high=plan.sum_high
    )
    if len(minutes):
        result.minutes.append(minutes.named(plan.series_ids))
        _open_hours(state, minutes)
    _close_hours(state, plan, visited, over_ms, result)
    _close_days(state, plan, visited, minutes, over_ms=over_ms, result=result)
    return minutes


def _put_away(state: EngineState, plan: Plan, rows: Readings, closed: NDArray[np.bool_]) -> None:
    slot = rows.series
    cuts = np.flatnonzero(slot[1:] != slot[:-1]) + 1
    starts = np.concatenate([[0], cuts]) if len(slot) else cuts
    if not len(starts):
        return
    ends = np.append(starts[1:], len(slot))
    mids = starts + np.add.reduceat(closed.astype(np.int64), starts)
    ids = plan.series_ids[slot[starts]].tolist()
    time_ms, value, flag = rows.time_ms, rows.value, rows.flag
    plain = not flag.any()
    for sid, s, c, e in zip(ids, starts.tolist(), mids.tolist(), ends.tolist(), strict=True):
        recent = state.recent.get(sid)
        if recent is None:
            recent = state.recent[sid] = Recent()
        if c > s:
            if plain:
                recent.time += time_ms[s:c].tobytes()
                recent.value += value[s:c].tobytes()
            else:
                normal = flag[s:c] == Flag.NORMAL
                recent.time += time_ms[s:c][normal].tobytes()
                recent.value += value[s:c][normal].tobytes()
        if e > c:
            recent.held_time, recent.held_value = time_ms[c:e].copy(), value[c:e].copy()
            recent.flag = flag[c:e].copy()
        else:
            recent.held_time = recent.held_value = recent.flag = None


def _open_hours(state: EngineState, minutes: Buckets) -> None:
    """Notes the oldest minute of each series that is in no hour yet."""
    table, slot = state.table, minutes.slot
    first = np.ones(len(slot), np.bool_)
    first[1:] = slot[1:] != slot[:-1]
    which = slot[first]
    table["oldest_ms"][which] = np.minimum(table["oldest_ms"][which], minutes.time_ms[first])


def _close_hours(
    state: EngineState, plan: Plan, visited: NDArray[np.int64], over_ms: int, result: StepResult
) -> None:
    table, hour_ms = state.table, hour_of(over_ms)
    ripe = visited[table["oldest_ms"][visited] < hour_ms]
    parts = [_hour_rows(state, plan, slot, hour_ms) for slot in ripe.tolist()]
    if not parts:
        return
    sizes = [len(time_ms) for time_ms, _ in parts]
    hours = buckets(
        np.repeat(ripe, sizes),
        np.concatenate([time_ms for time_ms, _ in parts]),
        np.concatenate([value for _, value in parts]),
        width_ms=HOUR_MS,
        low=plan.sum_low,
        high=plan.sum_high,
    )
    result.hours.append(hours.named(plan.series_ids))


def _hour_rows(
    state: EngineState, plan: Plan, slot: int, hour_ms: int
) -> tuple[Times, NDArray[np.float64]]:
    """Rows of the hours that are over; drops from the tail what nobody needs any more."""
    recent, table = state.recent[int(plan.series_ids[slot])], state.table
    time_ms, value = recent.tail()
    start = int(np.searchsorted(time_ms, int(table["oldest_ms"][slot])))
    end = int(np.searchsorted(time_ms, hour_ms))
    table["oldest_ms"][slot] = (
        int(time_ms[end]) // MINUTE_MS * MINUTE_MS if end < len(time_ms) else FAR_MS
    )
    newest = int(time_ms[-1]) if len(time_ms) else hour_ms
    recent.forget_before(min(int(table["oldest_ms"][slot]), newest - int(plan.window[slot]) + 1))
    return time_ms[start:end], value[start:end]


def _close_days(
    state: EngineState,
    plan: Plan,
    visited: NDArray[np.int64],
    minutes: Buckets,
    *,
    over_ms: int,
    result: StepResult,
) -> None:
    table, today_ms, ids = state.table, day_of(over_ms), plan.series_ids
    ripe = visited[table["day_ms"][visited] < today_ms]
    over = set(zip(ids[ripe].tolist(), table["day_ms"][ripe].tolist(), strict=True))
    table["day_ms"][ripe] = FAR_MS
    day = days_of(minutes.time_ms)
    before = day < today_ms
    over.update(zip(ids[minutes.slot[before]].tolist(), day[before].tolist(), strict=True))
    table["day_ms"][minutes.slot[~before]] = today_ms
    result.days += sorted(over)


def due_ms(state: EngineState, slots: NDArray[np.int64], watermark_ms: int) -> Times:
    """When roll-ups or waiting readings need each series to be visited, ``FAR_MS`` for never."""
    assert state.plan is not None  # noqa: S101  there are no slots without a plan
    table = state.table
    oldest, day = table["oldest_ms"][slots], table["day_ms"][slots]
    due: Times = np.where(oldest < FAR_MS, oldest - oldest % HOUR_MS + HOUR_MS - 1, FAR_MS)
    due = np.minimum(due, np.where(day < FAR_MS, day + 24 * HOUR_MS - 1, FAR_MS))
    ids = state.plan.series_ids
    for number, slot in enumerate(slots.tolist()):
        recent = state.recent.get(int(ids[slot]))
        if recent is None or recent.held_time is None:
            continue
        judged = int(np.searchsorted(recent.held_time, watermark_ms, side="right"))
        if judged:
            minute_ms = int(recent.held_time[0]) // MINUTE_MS * MINUTE_MS + MINUTE_MS
            wait_ms = int(state.plan.wait_ms[slot])
            hour_ms = hour_of(minute_ms - 1) + HOUR_MS
            due[number] = min(int(due[number]), hour_ms - 1, minute_ms + wait_ms - 1)
        if judged < len(recent.held_time):
            due[number] = min(due[number], int(recent.held_time[judged]))
    return due
