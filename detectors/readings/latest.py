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
from detectors.readings.recent import ROW, Recent, normal_of, packed
from detectors.readings.rollup import (
    HOUR_MS,
    MINUTE_MS,
    Buckets,
    buckets,
    day_of,
    days_of,
    hour_of,
)
from detectors.readings.state import EngineState
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
        (slot, recent.held)
        for slot in visited.tolist()
        if (recent := state.recent.get(int(ids[slot]))) is not None and recent.held
    ]
    rows = np.frombuffer(b"".join(of for _, of in held), ROW)
    sizes = [len(of) // ROW.itemsize for _, of in held]
    waiting = np.repeat(np.array([slot for slot, _ in held], np.int64), sizes)
    return Readings(
        time_ms=np.concatenate([new.time_ms, rows["time_ms"]]),
        series=np.concatenate([slots, waiting]).astype(np.int32),
        value=np.concatenate([new.value, rows["value"]]),
        flag=np.concatenate([new.flag, rows["flag"]]),
    )


def tail(state: EngineState, slot: int, window_ms: int) -> tuple[Times, NDArray[np.float64]]:
    """Normal readings already judged that a window may still need, sorted."""
    assert state.plan is not None  # noqa: S101  there are no slots without a plan
    recent = state.recent.get(int(state.plan.series_ids[slot]))
    if recent is None or window_ms <= 0:
        return np.zeros(0, np.int64), np.zeros(0)
    held = np.frombuffer(recent.held, ROW)
    judged = normal_of(held[held["time_ms"] <= state.table["judged_ms"][slot]])
    rows = np.concatenate([recent.normal(), judged])
    time_ms, value = rows["time_ms"], rows["value"]
    if not len(time_ms):
        return time_ms, value
    since = int(np.searchsorted(time_ms, time_ms[-1] - window_ms, side="right"))
    return np.ascontiguousarray(time_ms[since:]), np.ascontiguousarray(value[since:])


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
    _put_away(state, plan, rows, closed, visited=visited, watermark_ms=watermark_ms)
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


def _put_away(
    state: EngineState,
    plan: Plan,
    rows: Readings,
    closed: NDArray[np.bool_],
    *,
    visited: NDArray[np.int64],
    watermark_ms: int,
) -> None:
    """Moves rows of minutes that are over to the tails, and holds the others."""
    state.table["held_due_ms"][visited] = FAR_MS
    slot = rows.series
    starts = np.flatnonzero(np.diff(slot, prepend=-1))
    if not len(starts):
        return
    ends = np.append(starts[1:], len(slot))
    mids = starts + np.add.reduceat(closed.astype(np.int64), starts)
    _note_held(state, plan, rows, starts=starts, mids=mids, ends=ends, watermark_ms=watermark_ms)
    ids = plan.series_ids[slot[starts]].tolist()
    every = packed(rows)
    over = normal_of(every[closed])
    normal = np.concatenate([[0], np.cumsum(closed & (rows.flag == Flag.NORMAL))])
    first, last = normal[starts].tolist(), normal[mids].tolist()
    for sid, a, b, c, e in zip(ids, first, last, mids.tolist(), ends.tolist(), strict=True):
        recent = state.recent.get(sid)
        if recent is None:
            recent = state.recent[sid] = Recent()
        if b > a:
            recent.tail += over[a:b].tobytes()
        recent.held = every[c:e].tobytes()


def _note_held(
    state: EngineState,
    plan: Plan,
    rows: Readings,
    *,
    starts: Times,
    mids: Times,
    ends: Times,
    watermark_ms: int,
) -> None:
    """When held rows need their series to be visited: the minute's end, or they themselves."""
    slot, last = rows.series[starts], len(rows) - 1
    judged = starts + np.add.reduceat((rows.time_ms <= watermark_ms).astype(np.int64), starts)
    first_ms = rows.time_ms[np.minimum(mids, last)]
    minute_ms = first_ms - first_ms % MINUTE_MS + MINUTE_MS
    hour_ms = first_ms - first_ms % HOUR_MS + HOUR_MS
    summed = np.minimum(minute_ms + plan.wait_ms[slot], hour_ms) - 1
    waiting = np.where(judged < ends, rows.time_ms[np.minimum(judged, last)], FAR_MS)
    state.table["held_due_ms"][slot] = np.minimum(waiting, np.where(mids < judged, summed, FAR_MS))


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
    recent, table = state.recent.get(int(plan.series_ids[slot])) or Recent(), state.table
    rows = recent.normal()
    time_ms, value = rows["time_ms"], rows["value"]
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


def due_ms(state: EngineState, slots: NDArray[np.int64]) -> Times:
    """When roll-ups or held readings need each series to be visited, ``FAR_MS`` for never."""
    rows = state.table[slots]
    oldest, day = rows["oldest_ms"], rows["day_ms"]
    hour: Times = np.where(oldest < FAR_MS, oldest - oldest % HOUR_MS + HOUR_MS - 1, FAR_MS)
    due = np.minimum(hour, np.where(day < FAR_MS, day + 24 * HOUR_MS - 1, FAR_MS))
    found: Times = np.minimum(due, rows["held_due_ms"])
    return found
