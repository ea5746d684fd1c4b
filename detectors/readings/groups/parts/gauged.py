"""Owns judging one series cell by cell: cells of a fixed grid, a memory, and a spell.

A rule says what a closed cell comes to; this says when that opens a spell, when it ends one, and
what happens when readings stop. Decisions fall at the ends of cells, so cuts change nothing. Must
not know any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.early.cells import Cell, OpenCell, end_ms, gather
from detectors.readings.group import NEVER_MS, Grain, Group, Judged, by_series
from detectors.readings.judged import signal
from detectors.types import Phase, Readings, Series, Signal

_PATIENCE_MS = 120_000  # a cell is closed by the next rows; only if none come, by a call without


class Verdict(NamedTuple):
    """What a closed cell comes to.

    Attributes:
        value: in the entry's unit; what the signal shows.
        bad: worth a spell. What is not bad is good: it counts towards the end of one.
        inputs: the arithmetic.
    """

    value: float
    bad: bool
    inputs: dict[str, float]


class Memory(msgspec.Struct, kw_only=True):
    """What is remembered of one series; a rule adds its own.

    Attributes:
        cell: still open.
        last: number of the last closed cell.
        bad_ms, good_ms: when the running bad or good run began; ``NEVER_MS`` for none.
        start_ms: of the open spell.
        value: of the last closed cell.
    """

    cell: OpenCell = OpenCell()
    last: int = -1
    bad_ms: int = NEVER_MS
    good_ms: int = NEVER_MS
    start_ms: int = NEVER_MS
    value: float = 0.0

    def look(self, entry: Entry, series: Series, cell: Cell) -> Verdict | None:
        """Takes in a closed cell; None while too little is known to judge."""
        raise NotImplementedError


@dataclass(slots=True, kw_only=True)
class Gauged:
    """A ``GroupRule`` made of a memory.

    Attributes:
        width_ms: of a cell; ``local`` starts cells at the site's midnight.
        silent: cells without a value after which an open spell ends.
    """

    kind: str
    memory: type[Memory]
    width_ms: int
    silent: int
    local: bool = False
    grain: Grain = "minute"

    def groups(self, entry: Entry, series: Iterable[Series]) -> list[Group]:
        """Each covered series whose unit is the entry's, on its own."""
        return by_series(entry, (one for one in series if entry.unit in ("", one.unit)))

    def judge(
        self, entry: Entry, group: Group, state: bytes, rows: Readings, *, watermark_ms: int
    ) -> Judged:
        """See ``GroupRule.judge``."""
        (series,) = group.members
        memory = msgspec.msgpack.decode(state, type=self.memory) if state else self.memory()
        offset_ms = series.hours.offset_ms() if self.local else 0
        times, values = rows.time_ms.tolist(), rows.value.tolist()
        if times and times[-1] >= entry.to_ms:
            upto = int(np.searchsorted(rows.time_ms, entry.to_ms))
            times, values = times[:upto], values[:upto]
        memory.cell, closed = gather(
            memory.cell,
            times,
            values,
            width_ms=self.width_ms,
            until_ms=watermark_ms,
            offset_ms=offset_ms,
        )
        signals: list[Signal] = []
        for cell in closed:
            signals += self._fallen_silent(entry, series, memory, offset_ms, cell.place)
            signals += self._one(entry, series, memory, cell, offset_ms)
        now = (watermark_ms + offset_ms) // self.width_ms
        if not memory.cell.n:
            signals += self._fallen_silent(entry, series, memory, offset_ms, now)
        if watermark_ms >= entry.to_ms:
            if memory.start_ms != NEVER_MS:
                signals.append(_ended(entry, series, memory, entry.to_ms, "out_of_force"))
            return Judged(signals=tuple(signals))
        return Judged(
            state=msgspec.msgpack.encode(memory),
            signals=tuple(signals),
            due_ms=self._due_ms(entry, memory, offset_ms),
        )

    def _one(
        self, entry: Entry, series: Series, memory: Memory, cell: Cell, offset_ms: int
    ) -> list[Signal]:
        at_ms = end_ms(cell.place, self.width_ms, offset_ms)
        verdict = memory.look(entry, series, cell)
        memory.last = cell.place
        if verdict is None:
            return []
        memory.value = verdict.value
        bad = verdict.bad and entry.in_force(at_ms) and _active(entry, series, at_ms)
        if bad:
            memory.good_ms = NEVER_MS
            memory.bad_ms = at_ms if memory.bad_ms == NEVER_MS else memory.bad_ms
            if memory.start_ms != NEVER_MS or at_ms - memory.bad_ms < entry.lasts_s * 1000:
                return []
            memory.start_ms, phase = memory.bad_ms, Phase.OPENED
        else:
            memory.bad_ms = NEVER_MS
            if memory.start_ms == NEVER_MS:
                return []
            memory.good_ms = at_ms if memory.good_ms == NEVER_MS else memory.good_ms
            if at_ms - memory.good_ms < entry.clears_s * 1000:
                return []
            phase = Phase.CLOSED
        start_ms = memory.start_ms
        if phase is Phase.CLOSED:
            memory.start_ms = memory.good_ms = NEVER_MS
        found = signal(
            entry, series, phase, start_ms=start_ms, at_ms=at_ms, value=verdict.value,
            inputs=verdict.inputs,
        )  # fmt: skip
        return [found]

    def _fallen_silent(
        self, entry: Entry, series: Series, memory: Memory, offset_ms: int, place: int
    ) -> list[Signal]:
        """Ends the spell of a series that said nothing for ``silent`` cells before ``place``."""
        if place - memory.last <= self.silent or memory.last < 0:
            return []
        memory.bad_ms = NEVER_MS
        if memory.start_ms == NEVER_MS:
            return []
        at_ms = end_ms(memory.last + self.silent, self.width_ms, offset_ms)
        found = _ended(entry, series, memory, at_ms, "silent")
        memory.start_ms = memory.good_ms = NEVER_MS
        return [found]

    def _due_ms(self, entry: Entry, memory: Memory, offset_ms: int) -> int:
        due_ms = entry.to_ms
        if memory.cell.n:
            closes_ms = end_ms(memory.cell.place, self.width_ms, offset_ms)
            due_ms = min(due_ms, closes_ms + _PATIENCE_MS)
        elif memory.start_ms == NEVER_MS:
            return FAR_MS
        if memory.start_ms != NEVER_MS:
            silent_ms = end_ms(memory.last + self.silent, self.width_ms, offset_ms)
            due_ms = min(due_ms, silent_ms)
        return due_ms


def _active(entry: Entry, series: Series, at_ms: int) -> bool:
    return entry.when != "open" or bool(series.hours.open_at(np.array([at_ms - 1]))[0])


def _ended(entry: Entry, series: Series, memory: Memory, at_ms: int, reason: str) -> Signal:
    return signal(
        entry, series, Phase.CLOSED, start_ms=memory.start_ms, at_ms=at_ms, value=memory.value,
        inputs={reason: 1.0},
    )  # fmt: skip
