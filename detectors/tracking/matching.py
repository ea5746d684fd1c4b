"""Owns which found box belongs to which track. Must not move tracks.

Boxes are compared by their overlap after both were grown by how unsure the prediction is (buffered
IoU; Yang and others, C-BIoU, 2023): at two looks a second a walking person's boxes need not touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import lap
import numpy as np
from numpy.typing import NDArray

from detectors.tracking.tracks import Motion

GROWN_MAX_H = 0.6
OVERLAP_MIN = 0.15

Boxes = NDArray[np.float64]


def pairs(predicted: Sequence[Motion], boxes_xyxy: Boxes) -> list[tuple[int, int]]:
    """Pairs (track, box) of the greatest overlap in total; those that hardly overlap stay alone."""
    if not predicted or not len(boxes_xyxy):
        return []
    place = np.array([motion.place for motion in predicted])
    unsure = np.array([motion.spread[0] for motion in predicted]) ** 0.5
    grown = np.minimum(unsure, GROWN_MAX_H) * np.maximum(place[:, 3], 1.0)
    return assign(1.0 - _overlap(_corners(place), boxes_xyxy, grown), most=1 - OVERLAP_MIN)


def assign(cost: Boxes, *, most: float) -> list[tuple[int, int]]:
    """Rows and columns paired at the least total cost, none above ``most``."""
    _, columns, _ = cast(
        "tuple[float, NDArray[np.int32], NDArray[np.int32]]",
        lap.lapjv(np.ascontiguousarray(cost), extend_cost=True, cost_limit=most),
    )
    return [(row, int(column)) for row, column in enumerate(columns) if column >= 0]


def _corners(place: Boxes) -> Boxes:
    half = np.maximum(place[:, 2:], 1.0) / 2
    return np.hstack([place[:, :2] - half, place[:, :2] + half])


def _overlap(tracks: Boxes, found: Boxes, grown: NDArray[np.float64]) -> Boxes:
    """Intersection over union ``(t, f)``, each pair grown by its track's share."""
    by = grown[:, None, None]
    a_low, a_high = tracks[:, None, :2] - by, tracks[:, None, 2:] + by
    b_low, b_high = found[None, :, :2] - by, found[None, :, 2:] + by
    shared = np.minimum(a_high, b_high) - np.maximum(a_low, b_low)
    area = np.clip(shared, 0.0, None).prod(axis=2)
    union = (a_high - a_low).prod(axis=2) + (b_high - b_low).prod(axis=2) - area
    return np.asarray(area / np.maximum(union, 1e-9))
