"""Owns following one series through periods above a threshold: cycles, lamps that burn.

A period is unbroken while readings stay at or above the threshold. A reading stands until the next
one; over a gap (more than three intervals without a reading, or more than ``stands_s`` where a
device reports changes only) it stands for one interval, and what the period was in the gap is
unknown. Readings that stop for ``lost_s`` end it. Must not judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import NEVER_MS, Group
from detectors.readings.groups.parts.following import Follower
from detectors.readings.judged import gap_ms
from detectors.types import Readings, Series, Signal

_ON = 0.5  # of a quantity that is 0 or 1


class Period(Follower, kw_only=True):
    """Where one judged series stands.

    Attributes:
        last_ms, last_value: its last normal reading.
        start_ms: of the period going on.
        missing_ms: longest gap inside the period; one before it counts too, as its beginning may
            lie in that gap.
        readings: how many the period has.
    """

    last_ms: int = NEVER_MS
    last_value: float = 0.0
    start_ms: int = NEVER_MS
    missing_ms: int = 0
    readings: int = 0

    def stand(self, entry: Entry, group: Group, lasted_ms: int) -> None:
        """Counts the last reading, which stood for ``lasted_ms`` from ``last_ms`` on."""
        raise NotImplementedError

    def broken(self) -> None:
        """A gap follows what was counted."""

    def verdict(self, entry: Entry, group: Group, end_ms: int) -> list[Signal]:
        """What the period that began at ``start_ms`` and ended came to."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forgets what was counted."""
        raise NotImplementedError

    def companion(self, series: Series, time_ms: int, value: float) -> None:
        """Takes a reading of another quantity."""

    def heard(self) -> None:
        """The judged series' last reading is new: note what holds beside it."""

    @property
    def unknown(self) -> bool:
        """Whether something of the period was not seen."""
        return self.missing_ms > 0

    def thin(self, entry: Entry, group: Group, rows: Readings) -> Readings:
        """Outside a period, readings below the threshold matter only as the last of their series.

        Most rows of such a group are of an idle machine.
        """
        if self.start_ms != NEVER_MS or not len(rows):
            return rows
        of_judged = rows.series == judged(entry, group).series_id
        if (rows.value[of_judged] >= _threshold(entry)).any():
            return rows
        keep = np.zeros(len(rows), np.bool_)
        for series_id in np.unique(rows.series):
            keep[np.flatnonzero(rows.series == series_id)[-1]] = True
        return rows.where(keep)

    def take(
        self,
        entry: Entry,
        group: Group,
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        if series.quantity != entry.quantity:
            self.companion(series, time_ms, value)
            return ()
        found: list[Signal] = []
        above, since_ms = value >= _threshold(entry), time_ms - self.last_ms
        gap = since_ms > standing_ms(entry, series)
        if self.start_ms != NEVER_MS:
            self._count(entry, group, since_ms, gap=gap)
            if not above:
                found = self._end(entry, group, time_ms)
        elif above:
            self.start_ms = time_ms
            if gap:
                self.missing_ms = since_ms if self.last_ms != NEVER_MS else 1
        self.last_ms, self.last_value = time_ms, value
        self.readings += above
        self.heard()
        return found

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:
        if self.start_ms == NEVER_MS:
            return ()
        at_ms = self._lost_ms(entry, judged(entry, group))
        if before_ms <= at_ms:
            return ()
        self._count(entry, group, at_ms - self.last_ms, gap=True)
        return self._end(entry, group, at_ms)

    def due_ms(self, entry: Entry, group: Group) -> int:
        if self.start_ms == NEVER_MS:
            return FAR_MS
        return self._lost_ms(entry, judged(entry, group)) + 1

    def _lost_ms(self, entry: Entry, series: Series) -> int:
        return self.last_ms + int(
            max(entry.parameters["lost_s"] * 1000, standing_ms(entry, series))
        )

    def _count(self, entry: Entry, group: Group, since_ms: int, *, gap: bool) -> None:
        if not gap:
            self.stand(entry, group, since_ms)
            return
        self.stand(entry, group, int(judged(entry, group).interval_s * 1000))
        self.broken()
        self.missing_ms = max(self.missing_ms, since_ms)

    def _end(self, entry: Entry, group: Group, end_ms: int) -> list[Signal]:
        long_enough = end_ms - self.start_ms >= entry.parameters["period_min_s"] * 1000
        found = self.verdict(entry, group, end_ms) if long_enough and entry.in_force(end_ms) else []
        self.start_ms, self.missing_ms, self.readings = NEVER_MS, 0, 0
        self.clear()
        return found


def judged(entry: Entry, group: Group) -> Series:
    """The one series of a group that is judged."""
    (series,) = group.of(entry.quantity)
    return series


def standing_ms(entry: Entry, series: Series) -> float:
    """How long a reading stands when none follows: longer is a gap."""
    return max(gap_ms(series), entry.parameters.get("stands_s", 0.0) * 1000)


def _threshold(entry: Entry) -> float:
    return entry.parameters.get("from_c", _ON)
