"""Owns the ``time_to_limit`` rule: how long until a limit is reached at the current trend.

Least squares through the five-minute means of the last ``over_min``; where that line meets the
limit is the forecast. A warning, never a breach: the limit itself is judged elsewhere, and once the
line stands outside it the warning ends. Must not judge cycles or steps: a poor fit says nothing.
"""

from __future__ import annotations

import math

import msgspec

from detectors.catalogue import Entry
from detectors.early.cells import Cell
from detectors.early.slope import line, steps_to
from detectors.readings.group import GroupRule
from detectors.readings.groups.parts.gauged import Gauged, Memory, Verdict
from detectors.types import Series

_MINUTES = 5
_AN_HOUR = 12
_PRESENT = 2 / 3  # of the cells must be there for a line to say anything
_FAR_MIN = 1e6  # stands for never: an input must be a finite number


class _Latest(Memory, kw_only=True):
    """The cells of the last ``over_min``: numbers and means, oldest first."""

    places: list[int] = msgspec.field(default_factory=list)
    means: list[float] = msgspec.field(default_factory=list)

    def look(self, entry: Entry, series: Series, cell: Cell) -> Verdict | None:  # noqa: ARG002
        wanted = entry.parameters
        cells = int(wanted["over_min"]) // _MINUTES
        while self.places and self.places[0] <= cell.place - cells:
            del self.places[0], self.means[0]
        self.places.append(cell.place)
        self.means.append(cell.mean)
        if len(self.places) < max(cells * _PRESENT, 3):
            return Verdict(cell.mean, bad=False, inputs={"level": cell.mean})
        fitted = line(self.places, self.means)
        # the mean stands for the middle of its cell; the forecast starts at the cell's end
        level = fitted.level + fitted.slope / 2
        fitted = fitted._replace(level=level)
        minutes = min(steps_to(fitted, entry.low, entry.high) * _MINUTES, _FAR_MIN)
        near = 0 < minutes <= wanted["ahead_min"] and not math.isinf(minutes)
        inputs = {
            "level": level,
            "slope_per_h": fitted.slope * _AN_HOUR,
            "minutes_to_limit": minutes,
            "ahead_min": wanted["ahead_min"],
            "over_min": wanted["over_min"],
            "fit": fitted.fit,
            "fit_min": wanted["fit_min"],
            "cells": len(self.places),
        }
        return Verdict(level, bad=near and fitted.fit >= wanted["fit_min"], inputs=inputs)


RULE: GroupRule = Gauged(
    kind="time_to_limit", memory=_Latest, width_ms=_MINUTES * 60_000, silent=_AN_HOUR
)
