"""Owns painting over parts of a picture so that nobody can be known in them. Pure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_CELLS = 3  # across the shorter side: a face comes to about two by two plain squares
_LEAST_PX = 8


def mosaic(bgr: NDArray[np.uint8], boxes: NDArray[np.float32]) -> None:
    """Replaces each box (corners in pixels, ``(n, 4)``) by a few plain squares, in place."""
    height, width = bgr.shape[:2]
    limits = np.array([width, height] * 2)
    outward = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    for left, top, right, bottom in np.clip(outward, 0, limits).astype(int):
        if right <= left or bottom <= top:
            continue
        part = bgr[top:bottom, left:right]
        cell = max(_LEAST_PX, min(part.shape[:2]) / _CELLS)
        few = (max(1, round(part.shape[1] / cell)), max(1, round(part.shape[0] / cell)))
        small = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
