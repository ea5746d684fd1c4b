"""Owns the ``change_point`` rule: a series that begins to behave unlike anything it did before.

Half-hour means; the newest stretches are compared with every earlier one in memory (``novelty``). A
jump, a lost daily cycle and a new cycle all show; what repeats does not. The scorer is the one that
``vigil detectors evaluate --format nab`` measures. Must not call the change good or bad.
"""

from __future__ import annotations

import math

import numpy as np

from detectors.catalogue import Entry
from detectors.early.cells import Cell
from detectors.early.novelty import Course, Novelty, nearest, weigh
from detectors.readings.group import GroupRule
from detectors.readings.groups.parts.gauged import Gauged, Memory, Verdict
from detectors.types import Series

_WIDTH_MS = 30 * 60_000
MODEL = Novelty(windows=(3, 12), memory=192)
"""1.5 and 6 hours against the last 4 days: what fits into a kilobyte of state."""

_GAP = MODEL.windows[0]  # cells that may be missing; a longer hole starts the memory anew


class _Past(Memory, kw_only=True):
    """The last cells' means as float32 bytes, and the course of distances per window."""

    past: bytes = b""
    courses: tuple[Course, ...] = (Course(),) * len(MODEL.windows)

    def look(self, entry: Entry, series: Series, cell: Cell) -> Verdict | None:
        past = np.frombuffer(self.past, np.float32)
        missing = cell.place - self.last - 1
        if self.last < 0 or missing > _GAP:
            past = past[:0]
        elif missing:  # a short hole keeps its level: stretches must stay equally spaced
            past = np.append(past, np.repeat(past[-1:], missing))
        past = np.append(past, np.float32(cell.mean))[-MODEL.memory :]
        self.past = past.tobytes()
        values = past.astype(np.float64)
        distances = tuple(nearest(values, window) for window in MODEL.windows)
        least = max(series.resolution, 1e-6 * abs(cell.mean), 1e-9)
        self.courses, found = weigh(MODEL, self.courses, distances, least=least)
        if not found.distances or any(math.isnan(d) for d in found.distances):
            return None
        threshold = entry.parameters["threshold"]
        inputs = {"score": found.score, "threshold": threshold, "level": cell.mean}
        named = zip(MODEL.windows, found.distances, found.means, found.deviations, strict=True)
        for window, distance, mean, deviation in named:
            hours = f"{window / 2:g}h".replace(".", "_")
            inputs[f"distance_{hours}"] = distance
            inputs[f"usual_{hours}"] = mean
            inputs[f"deviation_{hours}"] = deviation
        return Verdict(cell.mean, bad=found.score >= threshold, inputs=inputs)


RULE: GroupRule = Gauged(kind="change_point", memory=_Past, width_ms=_WIDTH_MS, silent=4)
