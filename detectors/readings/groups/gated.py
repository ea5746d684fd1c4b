"""Owns the ``gated`` rule: a quantity judged only while something is on. Must not judge the gate.

Dose rate counts while the tube radiates, irradiance once the lamp is warm. The gate's first
``settle_s`` are left out (the meter's response, the lamp's start); the mean of the rest of one time
on is judged when it ends, or in pieces of ``piece_s``. A spell opens with the first time on whose
mean is outside and closes with the first whose mean is inside. A gate that said "on" and then
nothing for ``stale_s`` makes that time on unknown: it is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around_known
from detectors.readings.groups.parts.findings import beyond
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal

_ON = 0.5


class _Gated(Follower, kw_only=True):
    """The time on that runs, and the spell.

    Attributes:
        on: until when each gate (by series id) is known to be on.
        on_ms: since when one is, unbroken.
        piece_ms: where the running mean begins.
        start_ms, worst: of the open spell.
    """

    on: dict[int, int] = msgspec.field(default_factory=dict)
    on_ms: int = NEVER_MS
    piece_ms: int = NEVER_MS
    count: int = 0
    total: float = 0.0
    highest: float = 0.0
    lowest: float = 0.0
    start_ms: int = NEVER_MS
    worst: float = 0.0

    def take(
        self, entry: Entry, group: Group, series: Series, time_ms: int, value: float
    ) -> Sequence[Signal]:
        if self.on_ms != NEVER_MS and time_ms > max(self.on.values()):
            self._begin(NEVER_MS)  # nobody said that it ended: what was measured since is unknown
        if series.quantity == entry.quantity:
            return self._measure(entry, series, time_ms, value)
        if value >= _ON:
            self.on[series.series_id] = time_ms + int(entry.parameters["stale_s"] * 1000)
            if self.on_ms == NEVER_MS:
                self._begin(time_ms)
            return ()
        self.on.pop(series.series_id, None)
        if self.on_ms == NEVER_MS or any(until_ms >= time_ms for until_ms in self.on.values()):
            return ()
        (judged,) = group.of(entry.quantity)
        found = self._judge(entry, judged, time_ms)
        self._begin(NEVER_MS)
        return found

    def _begin(self, time_ms: int) -> None:
        self.on_ms = time_ms
        self._piece(time_ms)

    def _piece(self, time_ms: int) -> None:
        self.piece_ms, self.count, self.total = time_ms, 0, 0.0
        self.highest = self.lowest = 0.0

    def _measure(
        self, entry: Entry, series: Series, time_ms: int, value: float
    ) -> Sequence[Signal]:
        settled_ms = self.on_ms + entry.parameters["settle_s"] * 1000
        if self.on_ms == NEVER_MS or time_ms < settled_ms:
            return ()
        self.highest = max(self.highest, value) if self.count else value
        self.lowest = min(self.lowest, value) if self.count else value
        self.count += 1
        self.total += value
        if time_ms - self.piece_ms < entry.parameters["piece_s"] * 1000:
            return ()
        found = self._judge(entry, series, time_ms)
        self._piece(time_ms)
        return found

    def _judge(self, entry: Entry, series: Series, at_ms: int) -> Sequence[Signal]:
        if self.count < entry.parameters["readings_min"]:
            return ()
        mean = self.total / self.count
        outside = beyond(entry, mean)
        if self.start_ms == NEVER_MS:
            if outside <= 0 or not entry.in_force(at_ms):
                return ()
            self.start_ms, self.worst = self.piece_ms, mean
            return (self._signal(entry, series, Phase.OPENED, at_ms, mean),)
        if outside > beyond(entry, self.worst):
            self.worst = mean
        if outside > -entry.hysteresis:
            return ()
        found = self._signal(entry, series, Phase.CLOSED, at_ms, self.worst)
        self.start_ms = NEVER_MS
        return (found,)

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        if self.start_ms == NEVER_MS:
            return ()
        (series,) = group.of(entry.quantity)
        return (self._signal(entry, series, Phase.CLOSED, entry.to_ms, self.worst, over=1.0),)

    def _signal(
        self,
        entry: Entry,
        series: Series,
        phase: Phase,
        at_ms: int,
        value: float,
        *,
        over: float = 0.0,
    ) -> Signal:
        inputs = {"settle_s": entry.parameters["settle_s"], "worst": self.worst}
        if over:
            inputs["out_of_force"] = over
        else:
            inputs |= {
                "mean": self.total / self.count,
                "readings": self.count,
                "total": self.total,
                "lowest": self.lowest,
                "highest": self.highest,
                "on_since_ms": self.on_ms,
                "on_s": (at_ms - self.piece_ms) / 1000,
            }
        return signal(
            entry, series, phase, start_ms=self.start_ms, at_ms=at_ms, value=value, inputs=inputs
        )


RULE: GroupRule = Followed(kind="gated", follower=_Gated, grouping=around_known)
