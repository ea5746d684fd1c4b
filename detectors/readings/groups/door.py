"""Owns the ``door`` rule: a cold store out of its limits although its door is shut. Judges no door.

While a door of the store is open, and for ``tolerance_s`` after it shut, readings are passed over:
they interrupt a run and neither open nor close a spell. A door that said "open" and then nothing
for ``stale_s`` counts as shut from there, one that never said anything as shut.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around_known
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.groups.parts.running import Running
from detectors.readings.judged import gap_ms
from detectors.types import Series, Signal

_OPEN = 0.5


class _Store(Follower, kw_only=True):
    """The spell, and until when each door (by series id) is known to have been open."""

    run: Running = msgspec.field(default_factory=Running)
    doors: dict[int, int] = msgspec.field(default_factory=dict)

    def take(
        self,
        entry: Entry,
        group: Group,  # noqa: ARG002
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        if series.quantity != entry.quantity:
            before_ms = self.doors.get(series.series_id, NEVER_MS)
            stale_ms = int(entry.parameters["stale_s"] * 1000)
            self.doors[series.series_id] = (
                time_ms + stale_ms if value >= _OPEN else min(before_ms, time_ms)
            )
            return ()
        open_until_ms = max(self.doors.values(), default=NEVER_MS)
        if time_ms <= open_until_ms + entry.parameters["tolerance_s"] * 1000:
            self.run.interrupt()
            return ()
        inputs = {"reading": value, "tolerance_s": entry.parameters["tolerance_s"]}
        if open_until_ms != NEVER_MS:
            inputs["door_shut_for_s"] = (time_ms - open_until_ms) / 1000
        return self.run.feed(entry, series, time_ms, value, gap_ms=gap_ms(series), inputs=inputs)

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        (series,) = group.of(entry.quantity)
        return self.run.expire(entry, series)


RULE: GroupRule = Followed(kind="door", follower=_Store, grouping=around_known)
