"""Owns calling the rules over groups with what a step has released. Must not know any rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detectors.readings.plan import Grouped, Plan
from detectors.readings.rollup import Buckets
from detectors.readings.screen import Released
from detectors.readings.state import EngineState
from detectors.types import Flag, Readings

if TYPE_CHECKING:
    from detectors.readings.engine import StepResult


def judge(
    state: EngineState,
    plan: Plan,
    released: Released,
    minutes: Buckets,
    *,
    watermark_ms: int,
    result: StepResult,
) -> None:
    """Calls each group that has new rows of its grain, or that is due."""
    if not plan.groups:
        return
    size = released.end - released.start
    grains = {
        "raw": _Grain(
            Readings(
                time_ms=released.time_ms,
                series=np.repeat(plan.series_ids[released.slot], size),
                value=released.value,
                flag=released.flag,
            ),
            released.slot,
            released.start,
        ),
        "minute": _of_minutes(plan, minutes),
    }
    asked = {
        one.key
        for name, grain in grains.items()
        for slot in grain.spans
        for one in plan.groups_of.get(slot, ())
        if one.rule.grain == name
    }
    numbers = np.flatnonzero(state.group_due_ms <= watermark_ms).tolist()
    due = {plan.numbered[number].key for number in numbers}
    for key in sorted(asked | due):
        one = plan.groups[key]
        _call(state, one, grains[one.rule.grain].of(one), watermark_ms, result)


class _Grain:
    """A step's rows of one grain, sorted by (slot, time)."""

    def __init__(self, rows: Readings, slot: NDArray[np.int64], start: NDArray[np.int64]) -> None:
        ends = np.append(start[1:], len(rows))[: len(start)]
        self._rows = rows
        self.spans = dict(
            zip(slot.tolist(), zip(start.tolist(), ends.tolist(), strict=True), strict=True)
        )

    def of(self, one: Grouped) -> Readings:
        """One group's rows by (time, series), those outside the entry's validity left out."""
        parts = [self._part(*self.spans[slot]) for slot in one.slots if slot in self.spans]
        rows = parts[0] if len(parts) == 1 else _merged(parts)
        if len(rows) and rows.time_ms[0] < one.entry.from_ms:
            rows = rows.where(rows.time_ms >= one.entry.from_ms)
        return rows

    def _part(self, start: int, end: int) -> Readings:
        rows = self._rows
        return Readings(
            time_ms=rows.time_ms[start:end],
            series=rows.series[start:end],
            value=rows.value[start:end],
            flag=rows.flag[start:end],
        )


def _of_minutes(plan: Plan, minutes: Buckets) -> _Grain:
    slot = minutes.slot
    start = np.flatnonzero(np.diff(slot, prepend=-1))
    rows = Readings(
        time_ms=minutes.time_ms,
        series=plan.series_ids[slot],
        value=minutes.mean,
        flag=np.full(len(slot), Flag.NORMAL, np.uint8),
    )
    return _Grain(rows, slot[start], start)


def _merged(parts: list[Readings]) -> Readings:
    rows = Readings.concat(parts)
    order = np.lexsort((rows.series, rows.time_ms))
    return Readings(
        time_ms=rows.time_ms[order],
        series=rows.series[order],
        value=rows.value[order],
        flag=rows.flag[order],
    )


def retire(state: EngineState, plan: Plan, watermark_ms: int, result: StepResult) -> None:
    """Lets groups whose entry has gone out of force close what is open, and forgets them."""
    if state.plan is None:
        return
    for key in sorted(state.groups.keys() & state.plan.groups.keys() - plan.groups.keys()):
        one = state.plan.groups[key]
        if one.entry.to_ms <= watermark_ms:
            _call(state, one, Readings.concat([]), one.entry.to_ms, result)
            state.groups[key] = b""


def _call(
    state: EngineState, one: Grouped, rows: Readings, watermark_ms: int, result: StepResult
) -> None:
    before = state.groups.get(one.key, b"")
    judged = one.rule.judge(one.entry, one.group, before, rows, watermark_ms=watermark_ms)
    state.group_due_ms[one.number] = judged.due_ms
    result.signals += judged.signals
    if judged.state != before:
        state.groups[one.key] = judged.state
        result.groups.add(one.key)
