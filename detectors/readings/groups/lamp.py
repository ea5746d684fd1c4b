"""Owns the ``lamp`` rule: a lamp that has burnt its hours. Must not judge how strongly it shines.

Hours are summed from a lamp's on/off readings since the last ``lamp_replaced`` (or since Vigil
first heard it: hours before that are not known, so the finding comes late rather than wrongly).
Where a counter of hours is registered on the lamp, a limit on the counter judges it instead. A
reading stands until the next one; over a gap it counts for one interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.groups.parts.period import standing_ms
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal

COUNTER = "lamp_hours"
REPLACED = "lamp_replaced"
_HOUR_MS = 3_600_000
_ON = 0.5


class _Lamp(Follower, kw_only=True):
    """Time on so far, the last reading, the open spell."""

    burnt_ms: int = 0
    last_ms: int = NEVER_MS
    last_on: bool = False
    since_ms: int = NEVER_MS
    start_ms: int = NEVER_MS

    def take(
        self,
        entry: Entry,
        group: Group,
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        is_on = value >= _ON
        if series.quantity == REPLACED and not is_on:
            return ()
        (lamp,) = group.of(entry.quantity)
        self._burn(entry, lamp, time_ms)
        self.last_ms = time_ms
        if self.since_ms == NEVER_MS:
            self.since_ms = time_ms
        if series.quantity == REPLACED:
            return self._replaced(entry, lamp, time_ms)
        self.last_on = is_on
        if (
            self.start_ms != NEVER_MS
            or self.burnt_ms / _HOUR_MS < (entry.high or 0.0)
            or not entry.in_force(time_ms)
        ):
            return ()
        self.start_ms = time_ms
        return (self._signal(entry, lamp, Phase.OPENED, time_ms),)

    def _burn(self, entry: Entry, lamp: Series, time_ms: int) -> None:
        if self.last_on:
            since_ms = time_ms - self.last_ms
            gap = since_ms > standing_ms(entry, lamp)
            self.burnt_ms += int(lamp.interval_s * 1000) if gap else since_ms

    def _replaced(self, entry: Entry, lamp: Series, time_ms: int) -> Sequence[Signal]:
        found = (
            () if self.start_ms == NEVER_MS else (self._signal(entry, lamp, Phase.CLOSED, time_ms),)
        )
        self.burnt_ms, self.since_ms, self.start_ms = 0, time_ms, NEVER_MS
        return found

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        if self.start_ms == NEVER_MS:
            return ()
        (lamp,) = group.of(entry.quantity)
        return (self._signal(entry, lamp, Phase.CLOSED, entry.to_ms, out_of_force=1.0),)

    def _signal(
        self, entry: Entry, lamp: Series, phase: Phase, at_ms: int, **more: float
    ) -> Signal:
        hours = self.burnt_ms / _HOUR_MS
        inputs = {"burnt_h": hours, "counted_since_ms": self.since_ms, **more}
        return signal(
            entry, lamp, phase, start_ms=self.start_ms, at_ms=at_ms, value=hours, inputs=inputs
        )


def _uncounted(entry: Entry, series: Iterable[Series]) -> list[Group]:
    return [group for group in around(entry, series) if not group.of(COUNTER)]


RULE: GroupRule = Followed(kind="lamp", follower=_Lamp, grouping=_uncounted)
