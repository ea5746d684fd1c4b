"""Owns the ``drift`` rule: a level that moves slowly, day after day. Must not judge within a day.

Least squares through the means of the last ten days. It drifts when the slope stands out of the
scatter around the line (slope over its standard error) and adds up to something worth a look.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.early.cells import Cell
from detectors.early.slope import line
from detectors.readings.group import GroupRule
from detectors.readings.groups.parts.gauged import Gauged, Memory, Verdict
from detectors.types import Series

_DAYS = 10
_DAY_MS = 86_400_000
_SURE = 1e6  # stands for a line without scatter: an input must be a finite number


class _Days(Memory, kw_only=True):
    """The last days: numbers and means, oldest first."""

    places: list[int] = msgspec.field(default_factory=list)
    means: list[float] = msgspec.field(default_factory=list)

    def look(self, entry: Entry, series: Series, cell: Cell) -> Verdict | None:  # noqa: ARG002
        wanted = entry.parameters
        if cell.n < wanted["minutes_min"]:
            return None
        while self.places and self.places[0] <= cell.place - _DAYS:
            del self.places[0], self.means[0]
        self.places.append(cell.place)
        self.means.append(cell.mean)
        if len(self.places) < wanted["days_min"]:
            return Verdict(cell.mean, bad=False, inputs={"level": cell.mean})
        fitted = line(self.places, self.means)
        moved = fitted.slope * (self.places[-1] - self.places[0])
        error = max(fitted.error, abs(fitted.slope) / _SURE)
        sure = abs(fitted.slope) / error if error else 0.0
        bad = abs(moved) >= wanted["change_min"] and sure >= wanted["sure_min"]
        inputs = {
            "level": fitted.level,
            "slope_per_day": fitted.slope,
            "moved": moved,
            "change_min": wanted["change_min"],
            "slope_error": fitted.error,
            "sure": sure,
            "sure_min": wanted["sure_min"],
            "days": len(self.places),
        }
        return Verdict(fitted.level, bad=bad, inputs=inputs)


RULE: GroupRule = Gauged(kind="drift", memory=_Days, width_ms=_DAY_MS, silent=3, local=True)
