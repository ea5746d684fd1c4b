"""Owns the peer: what a plain OpenCV tamper detector does, with fixed thresholds.

Mean luma too low or too high, variance of the Laplacian too low, too much foreground by MOG2, or a
picture equal to the one before, for some looks in a row. Its thresholds are the best of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from tests.benchmarks.tampered.footage import Picture


@dataclass(frozen=True, slots=True)
class Measured:
    """What it measures of one picture."""

    luma: float
    laplacian: float
    foreground: float
    same: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """Its thresholds; ``looks`` in a row make an alarm."""

    dark: float
    bright: float
    blur: float
    foreground: float
    looks: int

    def alarms(self, seen: Sequence[Measured]) -> list[int]:
        """At which looks an alarm begins."""
        found, row = [], 0
        for number, one in enumerate(seen):
            wrong = not self.dark <= one.luma <= self.bright or one.laplacian < self.blur
            row = row + 1 if wrong or one.foreground > self.foreground or one.same else 0
            if row == self.looks:
                found.append(number)
        return found


GRID = tuple(
    Bounds(*one)
    for one in product(
        (10.0, 20.0, 40.0), (200.0, 235.0), (10.0, 30.0, 60.0, 100.0, 200.0),
        (0.3, 0.5, 0.7, 0.9, 2.0), (2, 4, 12),
    )
)  # fmt: skip


class Peer:
    """Measures one camera's pictures; the background model learns from all of them."""

    def __init__(self) -> None:
        self._model = cv2.createBackgroundSubtractorMOG2(history=60, detectShadows=False)
        self._before: Picture | None = None
        self.seen: list[Measured] = []

    def look(self, picture: Picture) -> None:
        """Takes one picture; smaller, as such detectors do."""
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        small = cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA)
        foreground = self._model.apply(small)
        self.seen.append(
            Measured(
                luma=float(grey.mean()),
                laplacian=float(cv2.Laplacian(grey, cv2.CV_32F).var()),
                foreground=float((foreground > 0).mean()),
                same=self._before is not None and np.array_equal(grey, self._before),
            )
        )
        self._before = grey
