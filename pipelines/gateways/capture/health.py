"""Measures whether a camera can see. Pure; whether that breaks a rule is for ``detectors``."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.types import PictureHealth

_SOBEL_SCALE = 1 / 8  # the 3x3 kernel's weights sum to 8 a side: gradients are in luma per pixel


def picture_health(picture: NDArray[np.uint8]) -> PictureHealth:
    """Brightness, contrast and Tenengrad sharpness of one frame.

    Args:
        picture: uint8, BGR ``(height, width, 3)`` or luma ``(height, width)``. Sharpness depends
            on the size, so compare pictures of one camera at one size only.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture  # noqa: PLR2004
    mean, deviation = cv2.meanStdDev(luma)
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=_SOBEL_SCALE)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=_SOBEL_SCALE)
    return PictureHealth(
        brightness=float(mean[0][0]),
        contrast=float(deviation[0][0]),
        sharpness=float(np.mean(across * across + down * down)),
    )
