"""Paints a camera's masks over its pictures. Must run before anything else sees a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Polygon = Sequence[tuple[float, float]]
_SCALER_PX = 2  # of a scaled picture, the pixels beside a mask hold some of what lies under it


class Masks:
    """Polygons (corners as shares of width and height) that nothing may leave from.

    A mask is painted two pixels wider than drawn, for the scaler mixes neighbours. Pictures are
    painted after scaling, which takes a fraction of the time.
    """

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        self._polygons = polygons
        self._covers: dict[tuple[int, int], NDArray[np.bool_]] = {}

    def paint(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture, BGR ``(h, w, 3)`` or luma ``(h, w)``, black under the masks."""
        if not self._polygons:
            return picture
        height, width = picture.shape[:2]
        painted = picture.copy()
        painted[self.cover(width, height)] = 0
        return painted

    def cover(self, width: int, height: int) -> NDArray[np.bool_]:
        """Which pixels of a picture of this size are painted over, ``(height, width)``."""
        if (height, width) not in self._covers:
            self._covers = {**self._latest(), (height, width): self._draw(width, height)}
        return self._covers[height, width]

    def _latest(self) -> dict[tuple[int, int], NDArray[np.bool_]]:
        """One other size is kept: that of motion, or of sent pictures."""
        return dict(list(self._covers.items())[-1:])

    def _draw(self, width: int, height: int) -> NDArray[np.bool_]:
        drawn = np.zeros((height, width), np.uint8)
        for polygon in self._polygons:
            corners = np.array(polygon, np.float64) * (width, height)
            cv2.fillPoly(drawn, [np.round(corners).astype(np.int32)], 1)
        side = 2 * _SCALER_PX + 1
        return np.asarray(cv2.dilate(drawn, np.ones((side, side), np.uint8)), np.bool_)
