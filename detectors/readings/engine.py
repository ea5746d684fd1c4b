"""Owns one step of the readings engine: columns and a watermark in, changed states and signals out.

Event time decides. Readings above the watermark wait in their series' state, so the order and the
batches in which they arrive change nothing. Must do no I/O and know no wall clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from detectors.catalogue import Catalogue
from detectors.readings import kept
from detectors.readings.columns import ordered, spans
from detectors.readings.series import Cut, judge_series
from detectors.readings.state import EngineState, SeriesState
from detectors.types import Flag, Readings, Series, Signal

_Room = tuple[str, str, str]


@dataclass(slots=True, kw_only=True)
class StepResult:
    """What one step found.

    Attributes:
        changed: new state of every series whose state changed; persist these.
        signals: ordered by event time.
        late: readings at or before what was already decided for their series; not judged.
        repeated: further readings of one series and moment; judged once.
        refused: series that could not be judged, with the reason.
    """

    changed: dict[int, SeriesState] = field(default_factory=dict)
    signals: list[Signal] = field(default_factory=list)
    late: int = 0
    repeated: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def step(
    state: EngineState,
    batch: Readings,
    *,
    watermark_ms: int,
    series: Mapping[int, Series],
    catalogue: Catalogue,
) -> StepResult:
    """Judges everything up to and including the watermark.

    Args:
        batch: new readings in any order; may be empty, to let time pass.
        watermark_ms: no reading at or before this is still expected.
        series: what the registry knows of each series id.
    """
    result = StepResult()
    waiting = [sid for sid, s in state.series.items() if s.next_ms <= watermark_ms]
    arrived = np.unique(batch.series).tolist()
    visited = dict.fromkeys([*arrived, *waiting])
    held = [s.held(i) for i in visited if (s := state.series.get(i)) and s.held_time]
    rows, dropped = ordered(Readings.concat([batch, *held]) if held else batch)
    again = Counter(dropped.tolist())
    cuts = {sid: (start, end) for sid, start, end in spans(rows.series)}
    moves: dict[_Room, list[kept.Move]] = defaultdict(list)
    rooms: dict[int, Series] = {}
    for sid in visited:
        known = series.get(sid)
        if known is None:
            result.refused[sid] = "unknown series"
            continue
        old = state.series.get(sid) or SeriesState()
        cut = _cut(rows, cuts.get(sid, (0, 0)), old, watermark_ms)
        result.late += cut.late
        result.repeated += again[sid]
        if known.quantity in (kept.WEIGHED_IN, kept.WEIGHED_OUT):
            moves[_room(known)] += _moves(cut, known)
            if known.quantity == kept.WEIGHED_IN:
                rooms[sid] = known
        rules = catalogue.for_series(known.site_kind, known.quantity)
        new, signals = judge_series(
            rules, catalogue, known, old, cut, repeated=again[sid], watermark_ms=watermark_ms
        )
        result.signals += signals
        if new != old:
            result.changed[sid] = new
        if known.unit and any(r.kind == "limit" and r.unit != known.unit for r in rules):
            result.refused[sid] = f"unit {known.unit!r} of the series is not the catalogue's"
    _keep_rooms(
        result,
        state,
        moves,
        rooms=rooms,
        series=series,
        catalogue=catalogue,
        watermark_ms=watermark_ms,
    )
    result.signals.sort(key=lambda s: (s.at_ms, s.series_id or 0, s.rule_id, s.start_ms, s.phase))
    return result


def _cut(rows: Readings, span: tuple[int, int], old: SeriesState, watermark_ms: int) -> Cut:
    """Cuts one series' sorted rows into late, judged and held."""
    start, end = span
    time = rows.time_ms[start:end]
    begin = start + int(np.searchsorted(time, old.judged_ms, side="right"))
    stop = max(begin, start + int(np.searchsorted(time, watermark_ms, side="right")))
    return Cut(
        late=begin - start,
        time_ms=rows.time_ms[begin:stop],
        value=rows.value[begin:stop],
        flag=rows.flag[begin:stop],
        held_time=rows.time_ms[stop:end],
        held_value=rows.value[stop:end],
        held_flag=rows.flag[stop:end],
    )


def _room(series: Series) -> _Room:
    return series.site_id, series.place, series.device_id


def _moves(cut: Cut, series: Series) -> list[kept.Move]:
    came_in = series.quantity == kept.WEIGHED_IN
    normal = cut.flag == Flag.NORMAL
    numbers = cut.value[normal].astype(np.int64).tolist()
    return [(t, n, came_in) for t, n in zip(cut.time_ms[normal].tolist(), numbers, strict=True)]


def _keep_rooms(
    result: StepResult,
    state: EngineState,
    moves: dict[_Room, list[kept.Move]],
    *,
    rooms: dict[int, Series],
    series: Mapping[int, Series],
    catalogue: Catalogue,
    watermark_ms: int,
) -> None:
    """Judges bags once both series of a room have been cut."""
    if not moves:
        return
    for sid, known in series.items():
        if known.quantity == kept.WEIGHED_IN and moves.get(_room(known)):
            rooms.setdefault(sid, known)
    for sid, known in rooms.items():
        old = result.changed.get(sid) or state.series.get(sid) or SeriesState()
        entries = tuple(
            entry
            for entry in catalogue.for_series(known.site_kind, known.quantity)
            if entry.kind == "kept"
        )
        bags, signals = kept.judge(
            entries,
            catalogue,
            known,
            old.bags,
            moves=moves.get(_room(known), []),
            watermark_ms=watermark_ms,
        )
        result.signals += signals
        due_ms = kept.due_ms(entries, bags)
        new = msgspec.structs.replace(old, bags=bags, bags_due_ms=due_ms)
        if new != state.series.get(sid):
            result.changed[sid] = new
