"""Measures whether a camera can see. Pure; whether that breaks a rule is for ``detectors``."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.types import PictureHealth

TILE_ROWS, TILE_COLUMNS = 6, 8
_SOBEL_SCALE = 1 / 8  # the 3x3 kernel's weights sum to 8 a side: gradients are in luma per pixel
_BLACK_LUMA, _WHITE_LUMA = 24, 250
_NOISE_LEFT = 0.6745 * 0.8004  # of white noise, median of what a 3x3 Gaussian takes away
_COLOUR_STEP = 8  # every eighth pixel tells colour from grey as well as all of them


def picture_health(picture: NDArray[np.uint8]) -> PictureHealth:
    """What one frame says of the camera's sight.

    Args:
        picture: uint8, BGR ``(height, width, 3)`` or luma ``(height, width)``; of luma alone the
            colour is 0. Sharpness depends on the size, so compare pictures of one size only.
    """
    coloured = picture.ndim == 3  # noqa: PLR2004
    luma = _luma(picture) if coloured else picture
    mean, deviation = cv2.meanStdDev(luma)
    # Half the size halves sensor noise and keeps edges: what a tile shows, not how it shimmers.
    size = (max(1, luma.shape[1] // 2), max(1, luma.shape[0] // 2))
    half = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
    across, down = _gradients(half)
    sharp = _tiles(np.square(across, dtype=np.float32) + np.square(down, dtype=np.float32))
    return PictureHealth(
        brightness=float(mean[0][0]),
        contrast=float(deviation[0][0]),
        sharpness=_tenengrad(luma),
        black_share=float(np.count_nonzero(half <= _BLACK_LUMA)) / half.size,
        white_share=float(np.count_nonzero(half >= _WHITE_LUMA)) / half.size,
        noise=_noise(half),
        colour=_colour(picture) if coloured else 0.0,
        tile_luma=tuple(_tiles(half.astype(np.float32)).ravel().tolist()),
        tile_sharpness=tuple((sharp * _SOBEL_SCALE**2).ravel().tolist()),
        tile_prints=_prints(luma),
    )


def _luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _gradients(luma: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    across = cv2.Sobel(luma, cv2.CV_16S, 1, 0)
    down = cv2.Sobel(luma, cv2.CV_16S, 0, 1)
    return np.asarray(across, np.int16), np.asarray(down, np.int16)


def _tenengrad(luma: NDArray[np.uint8]) -> float:
    squares = sum(cv2.norm(one, cv2.NORM_L2SQR) for one in _gradients(luma))
    return float(squares) * _SOBEL_SCALE**2 / luma.size


def _tiles(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each tile."""
    small = cv2.resize(plane, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _noise(half: NDArray[np.uint8]) -> float:
    exact = half.astype(np.float32)
    fine = cv2.absdiff(exact, cv2.GaussianBlur(exact, (3, 3), 0))[::2, ::2]
    return float(np.median(fine)) / _NOISE_LEFT


def _colour(picture: NDArray[np.uint8]) -> float:
    some = picture[::_COLOUR_STEP, ::_COLOUR_STEP]
    return float(np.ptp(some.astype(np.int16), axis=2).mean())


def _prints(luma: NDArray[np.uint8]) -> tuple[int, ...]:
    height, width = luma.shape
    rows = [height * n // TILE_ROWS for n in range(TILE_ROWS + 1)]
    columns = [width * n // TILE_COLUMNS for n in range(TILE_COLUMNS + 1)]
    return tuple(
        zlib.crc32(luma[rows[r] : rows[r + 1], columns[c] : columns[c + 1]].tobytes())
        for r in range(TILE_ROWS)
        for c in range(TILE_COLUMNS)
    )
