"""Owns what befalls the demo's cameras: a cap on the lens, a frozen stream, a camera turned away.

All of it is rendered over real footage, frame by frame, and says so wherever the footage is named.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.footage.transcode import Alter

Bgr = NDArray[np.uint8]
Span = tuple[float, float]
"""From and until, in seconds of the source."""

_CAP_BGR, _CAP_NOISE = 1, 5  # a cap or a hand over the lens lets nearly nothing through


def capped(span_s: Span) -> Alter:
    """A cap over the lens: nearly black, with a sensor's noise."""
    noise = np.random.default_rng(1)

    def alter(time_s: float, picture: Bgr) -> Bgr:
        if not span_s[0] <= time_s < span_s[1]:
            return picture
        return noise.integers(_CAP_BGR, _CAP_BGR + _CAP_NOISE, picture.shape, dtype=np.uint8)

    return alter


def frozen(span_s: Span) -> Alter:
    """The same picture again and again, as a recorder's loop shows it."""
    held: list[Bgr] = []

    def alter(time_s: float, picture: Bgr) -> Bgr:
        if not span_s[0] <= time_s < span_s[1]:
            return picture
        held.append(picture)
        del held[1:]
        return held[0]

    return alter


def turned(from_s: float, *, degrees: float, shift: Span) -> Alter:
    """The camera points elsewhere from then on.

    Args:
        shift: to the right and down, as shares of width and height.
    """

    def alter(time_s: float, picture: Bgr) -> Bgr:
        if time_s < from_s:
            return picture
        height, width = picture.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        turn[:, 2] += np.array(shift) * (width, height)
        moved = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
        return np.asarray(moved, np.uint8)

    return alter


def one_after_other(*alterations: Alter) -> Alter:
    """All of them, in order."""

    def alter(time_s: float, picture: Bgr) -> Bgr:
        for one in alterations:
            picture = one(time_s, picture)
        return picture

    return alter
