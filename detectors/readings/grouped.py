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

Spans = dict[int, tuple[int, int]]


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
    raw = dict(
        zip(
            released.slot.tolist(),
            zip(released.start.tolist(), released.end.tolist(), strict=True),
            strict=True,
        )
    )
    by_minute = _spans(minutes.slot)
    asked = {
        one.key
        for slot in raw.keys() | by_minute.keys()
        for one in plan.groups_of.get(slot, ())
        if slot in (raw if one.rule.grain == "raw" else by_minute)
    }
    due = {key for key in state.due_groups(watermark_ms) if key in plan.groups}
    for key in sorted(asked | due):
        one = plan.groups[key]
        rows = (
            _rows_of(plan, one, released, raw)
            if one.rule.grain == "raw"
            else _minutes_of(plan, one, minutes, by_minute)
        )
        _call(state, one, rows, watermark_ms, result)


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
    state.call_group(one.key, judged.due_ms)
    result.signals += judged.signals
    if judged.state != before:
        state.groups[one.key] = judged.state
        result.groups.add(one.key)


def _spans(slot: NDArray[np.int64]) -> Spans:
    if not len(slot):
        return {}
    cuts = np.flatnonzero(slot[1:] != slot[:-1]) + 1
    starts = [0, *cuts.tolist()]
    return dict(
        zip(slot[starts].tolist(), zip(starts, [*starts[1:], len(slot)], strict=True), strict=True)
    )


def _rows_of(plan: Plan, one: Grouped, released: Released, spans: Spans) -> Readings:
    parts = [
        Readings(
            time_ms=released.time_ms[start:end],
            series=np.full(end - start, plan.series_ids[slot], np.int32),
            value=released.value[start:end],
            flag=released.flag[start:end],
        )
        for slot in one.slots
        if slot in spans
        for start, end in [spans[slot]]
    ]
    return _merged(one, parts)


def _minutes_of(plan: Plan, one: Grouped, minutes: Buckets, spans: Spans) -> Readings:
    parts = [
        Readings(
            time_ms=minutes.time_ms[start:end],
            series=np.full(end - start, plan.series_ids[slot], np.int32),
            value=minutes.mean[start:end],
            flag=np.full(end - start, Flag.NORMAL, np.uint8),
        )
        for slot in one.slots
        if slot in spans
        for start, end in [spans[slot]]
    ]
    return _merged(one, parts)


def _merged(one: Grouped, parts: list[Readings]) -> Readings:
    """One group's rows by (time, series), those outside the entry's validity left out."""
    rows = parts[0] if len(parts) == 1 else Readings.concat(parts)
    if len(parts) > 1:
        order = np.lexsort((rows.series, rows.time_ms))
        rows = Readings(
            time_ms=rows.time_ms[order],
            series=rows.series[order],
            value=rows.value[order],
            flag=rows.flag[order],
        )
    if len(rows) and rows.time_ms[0] < one.entry.from_ms:
        rows = rows.where(rows.time_ms >= one.entry.from_ms)
    return rows
