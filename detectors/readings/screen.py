"""Owns telling, for all series of a step at once, which of them nothing can have happened to.

It errs to one side: what it calls calm no rule has anything to say about; the rest is judged one
by one. Must not judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue.entry import FAR_MS
from detectors.readings.plan import Plan
from detectors.types import Flag

Bools = NDArray[np.bool_]
Times = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Released:
    """What the watermark released, sorted by (series, time), cut into one segment a series.

    Attributes:
        slot: int, ``(k,)``: whose segment it is.
        start: int, ``(k,)``: its first row; no segment is empty.
        time_ms, value, flag: ``(n,)``.
    """

    slot: NDArray[np.int64]
    start: NDArray[np.int64]
    time_ms: Times
    value: Floats
    flag: NDArray[np.uint8]

    @property
    def end(self) -> NDArray[np.int64]:
        """One past each segment's last row."""
        return np.append(self.start[1:], len(self.time_ms))[: len(self.start)]


def calm(plan: Plan, table: NDArray[np.void], rows: Released, *, watermark_ms: int) -> Bools:
    """Which segments nothing happened in, bool ``(k,)``; brings their columns up to date."""
    slot, start, end = rows.slot, rows.start, rows.end
    was = table[slot]
    first, last = rows.time_ms[start], rows.time_ms[end - 1]
    fine = ~(was["busy"] | plan.odd[slot])
    if rows.flag.any():
        fine &= np.maximum.reduceat(rows.flag, start) == Flag.NORMAL
    fine &= np.minimum.reduceat(rows.value, start) >= plan.low[slot]
    fine &= np.maximum.reduceat(rows.value, start) <= plan.high[slot]
    fine &= first > was["dirty_ms"] + plan.window[slot]
    gap = np.diff(rows.time_ms, prepend=0)
    heard = was["last_ms"] > -FAR_MS
    gap[start] = np.where(heard, first - was["last_ms"], 0)
    longest_gap = np.maximum.reduceat(gap, start)
    fine &= longest_gap <= plan.longest[slot]
    fine &= watermark_ms - last < plan.longest[slot]
    step = np.abs(np.diff(rows.value, prepend=0.0))
    step[start] = np.nan_to_num(np.abs(rows.value[start] - was["last_value"]))
    fine &= np.maximum.reduceat(step, start) <= plan.jump[slot]
    fine &= _moving(plan, table, rows, step, gap_ok=longest_gap <= plan.gap[slot], fine=fine)
    calm_slots = slot[fine]
    table["last_ms"][calm_slots] = table["judged_ms"][calm_slots] = last[fine]
    table["last_value"][calm_slots] = rows.value[end - 1][fine]
    return fine


def _moving(
    plan: Plan,
    table: NDArray[np.void],
    rows: Released,
    step: Floats,
    *,
    gap_ok: Bools,
    fine: Bools,
) -> Bools:
    """Which segments no stretch of unchanged values can have begun to count in.

    A step beyond the resolution ends any stretch. Where the rows after the last such step still
    drift apart, or the stretch lasts long enough to count, somebody must look: not calm.
    """
    slot, start, end = rows.slot, rows.start, rows.end
    judged = np.isfinite(plan.stuck_lasts[slot])
    if not judged.any():
        return np.ones(len(slot), np.bool_)
    in_hours = _in_hours(plan, rows)
    some, whole = (f.reduceat(in_hours, start) for f in (np.logical_or, np.logical_and))
    was = table[slot]
    allowed = plan.stuck_allowed[slot]
    fresh = was["stuck_n"] == 0
    low, high = rows.value[start], rows.value[start]
    spread = np.maximum(was["stuck_high"], high) - np.minimum(was["stuck_low"], low)
    goes_on = ~fresh & (spread <= allowed)
    breaks = step > np.repeat(allowed, end - start)
    breaks[start] = True
    run = np.maximum.accumulate(np.where(breaks, np.arange(len(breaks)), 0))
    since = rows.time_ms[run]
    carried = (run == np.repeat(start, end - start)) & np.repeat(goes_on, end - start)
    since = np.where(carried, np.repeat(was["stuck_since"], end - start), since)
    longest = np.maximum.reduceat(rows.time_ms - since, start)
    last_run = run[end - 1]
    bounds = np.stack([last_run, end], axis=1).ravel()[:-1]
    least = np.minimum.reduceat(rows.value, bounds)[::2]
    most = np.maximum.reduceat(rows.value, bounds)[::2]
    whole_run = (last_run == start) & goes_on
    least = np.where(whole_run, np.minimum(least, was["stuck_low"]), least)
    most = np.where(whole_run, np.maximum(most, was["stuck_high"]), most)
    unbroken = gap_ok & (fresh | (was["stuck_last"] == was["last_ms"]))
    moving = unbroken & (longest < plan.stuck_lasts[slot]) & (most - least <= allowed)
    result: Bools = ~judged | ~some | (whole & moving)
    kept = fine & result & judged & some
    where = slot[kept]
    table["stuck_last"][where] = rows.time_ms[end - 1][kept]
    table["stuck_since"][where] = since[end - 1][kept]
    count = end - last_run + np.where(whole_run, was["stuck_n"], 0)
    table["stuck_n"][where] = count[kept]
    table["stuck_low"][where], table["stuck_high"][where] = least[kept], most[kept]
    return result


def _in_hours(plan: Plan, rows: Released) -> Bools:
    if not plan.stuck_open[rows.slot].any():
        return np.ones(len(rows.time_ms), np.bool_)
    size = rows.end - rows.start
    is_open = plan.open_at(np.repeat(rows.slot, size).astype(np.int32), rows.time_ms)
    return is_open | ~np.repeat(plan.stuck_open[rows.slot], size)
