"""Owns the ``held`` rule: something that stays on too long, such as a door left open.

Opens ``high`` seconds after the reading that said "on", unless one that says "off" came before;
closes with that one. A device that reports changes only is judged alike. Must not judge why.
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal

_ON = 0.5


class _Held(Follower, kw_only=True):
    """Since when it is on, and whether the spell is open."""

    on_ms: int = NEVER_MS
    opened: bool = False

    def take(
        self,
        entry: Entry,
        group: Group,  # noqa: ARG002
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        if value >= _ON:
            self.on_ms = time_ms if self.on_ms == NEVER_MS else self.on_ms
            return ()
        found = (self._signal(entry, series, Phase.CLOSED, time_ms),) if self.opened else ()
        self.on_ms, self.opened = NEVER_MS, False
        return found

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:
        at_ms = self._due_ms(entry)
        if before_ms <= at_ms or not entry.in_force(at_ms):
            return ()
        self.opened = True
        return (self._signal(entry, group.members[0], Phase.OPENED, at_ms),)

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        if not self.opened:
            return ()
        closed = self._signal(entry, group.members[0], Phase.CLOSED, entry.to_ms, out_of_force=1.0)
        return (closed,)

    def due_ms(self, entry: Entry, group: Group) -> int:  # noqa: ARG002
        return self._due_ms(entry)

    def _due_ms(self, entry: Entry) -> int:
        """When it has been on for too long; at the earliest when the entry comes into force."""
        if self.on_ms == NEVER_MS or self.opened:
            return FAR_MS
        return max(self.on_ms + int((entry.high or 0.0) * 1000), entry.from_ms)

    def _signal(
        self, entry: Entry, series: Series, phase: Phase, at_ms: int, **more: float
    ) -> Signal:
        on_s = (at_ms - self.on_ms) / 1000
        inputs = {"on_since_ms": self.on_ms, "on_s": on_s, "longest_s": entry.high or 0.0, **more}
        return signal(
            entry, series, phase, start_ms=self.on_ms, at_ms=at_ms, value=on_s, inputs=inputs
        )


RULE: GroupRule = Followed(kind="held", follower=_Held, grouping=around)
