"""Owns how a box moves between looks: OpenCV's Kalman filter. Must not match boxes.

Speed is an Ornstein-Uhlenbeck process: it is forgotten within ``STEADY_S``, so a prediction five
seconds ahead stays where the person was heading for a moment and says that it is unsure, instead
of sending them across the picture. Noise is in heights of the box, so the same figures hold near
and far, and one filter of two by two serves centre and size, which do not depend on each other.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.tracking.tracks import Motion

STEADY_S = 1.0
SPEED_H_S = 0.6  # 1.0 m/s for somebody 1.7 m tall
MEASURED_H = 0.05  # a detector's box wobbles by so much

Four = tuple[float, float, float, float]
_Matrix = NDArray[np.float64]


class Filter:
    """One Kalman filter, used for track after track of one look; holds nothing between calls."""

    def __init__(self) -> None:
        self._kalman = cv2.KalmanFilter(2, 1, 0, cv2.CV_64F)
        self._kalman.measurementMatrix = np.array([[1.0, 0.0]])
        self._kalman.measurementNoiseCov = np.array([[MEASURED_H**2]])

    def predict(self, motion: Motion, elapsed_ms: int) -> Motion:
        """Where the box should be ``elapsed_ms`` later."""
        kalman, (var, both, speed) = self._kalman, motion.spread
        kalman.transitionMatrix, kalman.processNoiseCov = _model(elapsed_ms)
        kalman.statePost = np.array([motion.place, motion.speed])
        kalman.errorCovPost = np.array([[var, both], [both, speed]])
        state = cast("_Matrix", kalman.predict())
        return _motion(state, cast("_Matrix", kalman.errorCovPre))

    def correct(self, predicted: Motion, place: Four) -> Motion:
        """What is known after the box was found at ``place``."""
        kalman, (var, both, speed) = self._kalman, predicted.spread
        kalman.statePre = np.array([predicted.place, predicted.speed])
        kalman.errorCovPre = np.array([[var, both], [both, speed]])
        state = cast("_Matrix", kalman.correct(np.array([place])))
        return _motion(state, cast("_Matrix", kalman.errorCovPost))


def begin(place: Four) -> Motion:
    """A box seen for the first time: where it is, and any speed."""
    return Motion(
        place=place, speed=(0.0, 0.0, 0.0, 0.0), spread=(MEASURED_H**2, 0.0, SPEED_H_S**2)
    )


def _motion(state: _Matrix, covariance: _Matrix) -> Motion:
    place, speed = state.tolist()
    (var, both), (_, fast) = covariance.tolist()
    return Motion(place=tuple(place), speed=tuple(speed), spread=(var, both, fast))


@lru_cache(maxsize=256)
def _model(elapsed_ms: int) -> tuple[_Matrix, _Matrix]:
    """Transition and process noise over a time (exact for the process; Gillespie 1996)."""
    t, var = elapsed_ms / 1000 / STEADY_S, SPEED_H_S**2
    kept = math.exp(-t)
    transition = np.array([[1.0, STEADY_S * (1 - kept)], [0.0, kept]])
    place = var * STEADY_S**2 * (2 * t - 3 + 4 * kept - kept**2)
    both = var * STEADY_S * (1 - kept) ** 2
    return transition, np.array([[place, both], [both, var * (1 - kept**2)]])
