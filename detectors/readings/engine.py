"""Owns one step of the readings engine: columns and a watermark in, changed state and signals out.

Event time decides. Readings above the watermark wait, so the order and the batches in which they
arrive change nothing. All series of a step are screened at once; only those that something may
have happened to are judged one by one. Must do no I/O and know no wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Catalogue
from detectors.catalogue.entry import FAR_MS
from detectors.readings import grouped, latest
from detectors.readings.columns import ordered
from detectors.readings.plan import Plan
from detectors.readings.rollup import Buckets
from detectors.readings.screen import Released, calm
from detectors.readings.series import Cut, judge_series
from detectors.readings.state import NEVER_MS, EngineState
from detectors.types import Phase, Readings, Series, Signal


@dataclass(slots=True, kw_only=True)
class StepResult:
    """What one step found.

    Attributes:
        touched: series whose state changed; store what ``EngineState`` says of them.
        groups: keys of group states that changed; all of them where ``regrouped``.
        signals: ordered by event time.
        minutes, hours: roll-ups of what is over, by series id.
        days: series and start of each local day that is over.
        late: readings at or before what was already decided for their series; not judged.
        repeated: further readings of one series and moment; judged once.
        refused: series that could not be judged, with the reason.
    """

    touched: set[int] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    regrouped: bool = False
    signals: list[Signal] = field(default_factory=list)
    minutes: list[Buckets] = field(default_factory=list)
    hours: list[Buckets] = field(default_factory=list)
    days: list[tuple[int, int]] = field(default_factory=list)
    late: int = 0
    repeated: int = 0
    refused: dict[int, str] = field(default_factory=dict)


_plans: list[Plan] = []
_MOST_PLANS = 4


def plan_for(series: Mapping[int, Series], catalogue: Catalogue, at_ms: int) -> Plan:
    """The plan for a moment; the last few are remembered, and shared by all partitions."""
    for plan in _plans:
        if plan.holds(series, catalogue, at_ms):
            return plan
    _plans.insert(0, Plan(series, catalogue, at_ms))
    del _plans[_MOST_PLANS:]
    return _plans[0]


def step(
    state: EngineState,
    batch: Readings,
    *,
    watermark_ms: int,
    series: Mapping[int, Series],
    catalogue: Catalogue,
) -> StepResult:
    """Judges everything up to and including the watermark; changes ``state``.

    Args:
        batch: new readings in any order; may be empty, to let time pass.
        watermark_ms: no reading at or before this is still expected.
        series: what the registry knows of each series id.
    """
    result = StepResult()
    # Entries come and go at a moment: what lies before it is judged before, by the plan it had.
    since_ms = min(state.pending_ms(watermark_ms), int(batch.time_ms.min(initial=watermark_ms)))
    last_plan = plan_for(series, catalogue, watermark_ms)
    for edge in last_plan.edges_between(since_ms, watermark_ms):
        plan = plan_for(series, catalogue, edge - 1)
        _step(state, plan, batch, watermark_ms=edge - 1, result=result)
        batch = Readings.concat([])
    _step(state, last_plan, batch, watermark_ms=watermark_ms, result=result)
    result.signals.sort(
        key=lambda s: (s.at_ms, s.series_id or 0, s.rule_id, s.start_ms, s.phase is Phase.CLOSED)
    )
    return result


def _step(
    state: EngineState, plan: Plan, batch: Readings, *, watermark_ms: int, result: StepResult
) -> None:
    if state.plan is not plan:
        grouped.retire(state, plan, watermark_ms, result)
        state.follow(plan)
    if state.regrouped:
        result.groups.update(key for key, value in state.groups.items() if value)
        result.regrouped, state.regrouped = True, False
    state.watermark_ms = max(state.watermark_ms, watermark_ms)
    new, slots = _known(state, plan, batch, result)
    due = np.flatnonzero(state.due_ms <= watermark_ms)
    visited = np.union1d(slots, due)
    if not len(visited) and not (state.group_due_ms <= watermark_ms).any():
        return
    for slot in plan.wrong_unit.keys() & set(visited.tolist()) if plan.wrong_unit else ():
        result.refused[int(plan.series_ids[slot])] = plan.wrong_unit[slot]
    rows, dropped = ordered(latest.gathered(state, visited, new, slots))
    result.repeated += len(dropped)
    released = _released(state, rows, watermark_ms)
    _judge(state, plan, visited, released, watermark_ms=watermark_ms, result=result)
    minutes = latest.roll_up(state, plan, visited, rows, watermark_ms=watermark_ms, result=result)
    grouped.judge(state, plan, released, minutes, watermark_ms=watermark_ms, result=result)
    _set_due(state, plan, visited)
    result.touched.update(plan.series_ids[visited].tolist())


def _known(
    state: EngineState, plan: Plan, batch: Readings, result: StepResult
) -> tuple[Readings, NDArray[np.int64]]:
    """The readings that are still to be judged, with their slots."""
    slots = plan.slots_of(batch.series).astype(np.int64)
    keep = slots >= 0
    if not keep.all():
        strange = np.unique(batch.series[~keep]).tolist()
        result.refused |= dict.fromkeys(strange, "unknown series")
    keep[keep] = batch.time_ms[keep] > state.table["judged_ms"][slots[keep]]
    if keep.all():
        return batch, slots
    result.late += int((~keep & (slots >= 0)).sum())
    return batch.where(keep), slots[keep]


def _released(state: EngineState, rows: Readings, watermark_ms: int) -> Released:
    """Of sorted rows (``series`` is the slot): those to be judged now."""
    slot = rows.series
    now = (rows.time_ms > state.table["judged_ms"][slot]) & (rows.time_ms <= watermark_ms)
    slot = slot[now]
    fresh = np.ones(len(slot), np.bool_)
    fresh[1:] = slot[1:] != slot[:-1]
    start = np.flatnonzero(fresh)
    return Released(
        slot=slot[start].astype(np.int64),
        start=start,
        time_ms=rows.time_ms[now],
        value=rows.value[now],
        flag=rows.flag[now],
    )


def _judge(
    state: EngineState,
    plan: Plan,
    visited: NDArray[np.int64],
    rows: Released,
    *,
    watermark_ms: int,
    result: StepResult,
) -> None:
    table = state.table
    waits = np.ones(len(plan), np.bool_)
    if len(rows.slot):
        fine = calm(plan, table, rows, watermark_ms=watermark_ms)
        waits[rows.slot] = False
        for slot, start, end in zip(
            rows.slot[~fine].tolist(),
            rows.start[~fine].tolist(),
            rows.end[~fine].tolist(),
            strict=True,
        ):
            _judge_one(
                state, plan, slot, rows, slice(start, end), watermark_ms=watermark_ms, result=result
            )
    idle = visited[waits[visited]]
    silent = watermark_ms - np.maximum(table["last_ms"][idle], NEVER_MS // 2)
    asked = table["busy"][idle] | (silent >= plan.longest[idle])
    for slot in idle[asked].tolist():
        _judge_one(state, plan, slot, rows, slice(0, 0), watermark_ms=watermark_ms, result=result)


def _judge_one(
    state: EngineState,
    plan: Plan,
    slot: int,
    rows: Released,
    part: slice,
    *,
    watermark_ms: int,
    result: StepResult,
) -> None:
    series = plan.all[slot]
    tail_time, tail_value = latest.tail(state, slot, int(plan.window[slot]))
    cut = Cut(
        time_ms=rows.time_ms[part],
        value=rows.value[part],
        flag=rows.flag[part],
        tail_time=tail_time,
        tail_value=tail_value,
        low=float(plan.low[slot]),
        high=float(plan.high[slot]),
    )
    rules, catalogue = plan.rules[slot], plan.catalogue
    old = state.stored(slot)
    new, signals = judge_series(rules, catalogue, series, old, cut, watermark_ms=watermark_ms)
    result.signals += signals
    state.keep(slot, new)


def _set_due(state: EngineState, plan: Plan, visited: NDArray[np.int64]) -> None:
    """When each visited series must be looked at again, even without a reading."""
    table = state.table
    base = latest.due_ms(state, visited)
    last = table["last_ms"][visited]
    awaited = (last != NEVER_MS) & (plan.longest[visited] < FAR_MS)
    awaited &= np.where(awaited, last, 0) + plan.longest[visited] < plan.until[visited]
    busy = np.flatnonzero(table["busy"][visited]).tolist()
    for number in busy:
        slot = int(visited[number])
        spells = state.spells[slot]
        open_entries = [
            plan.catalogue.by_key(key) for key in (*spells.limits, *spells.stucks, *spells.silences)
        ]
        base[number] = min([int(base[number]), *(e.to_ms for e in open_entries if e is not None)])
        asked = {rule.key for rule in plan.rules[slot] if rule.kind == "silence"}
        awaited[number] &= bool(asked - spells.silences.keys())
        if spells.silences:
            base[number] = min(int(base[number]), int(plan.until[slot]))
    silent_at = np.where(awaited, last, 0) + plan.longest[visited]
    state.due_ms[visited] = np.where(awaited, np.minimum(base, silent_at), base)
