"""Decides how often a camera is looked at, and which pictures are sent. Pure but for its state."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.gateways.capture.motion import MotionResult

_STILL_AFTER_S = 3.0  # nothing moved for this long: keyframes are enough
_REST_S = 2.5  # between looks at a still scene, each second of which may be a timed one
_STEADY_S = 1.0  # between pictures of what moves about where the last one showed it
_LIVELY_S = 1.0  # after something new: the full rate for so long
_NEAR = np.ones((15, 15), np.uint8)  # 7 px of 160: someone walking, in half a second to a second
_NEW = np.ones((3, 3), np.uint8)  # the least patch where nothing was nearby in the last one sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What comes of one look.

    Attributes:
        send: the picture is worth sending.
        wait_s: until the next look.
        resting: keyframes are enough for it.
    """

    send: bool
    wait_s: float
    resting: bool


class Attention:
    """Full rate for what is new or fast, once a second for what moves on, keyframes for rest.

    Args:
        every_s: the full rate: seconds between looks.
        may_rest: nothing may be skipped otherwise.
    """

    def __init__(self, *, every_s: float, may_rest: bool) -> None:
        self._every_s, self._may_rest = every_s, may_rest
        self.begin_again(0.0)

    def begin_again(self, time_s: float) -> None:
        """Time goes on from here, later or earlier than before."""
        self._moved_s = self._lively_until_s = time_s
        self._sent_s = float("-inf")
        self._near_sent: NDArray[np.bool_] | None = None

    def step(self, time_s: float, motion: MotionResult, *, timed: bool) -> Verdict:
        """Judges the look at ``time_s``; ``timed`` ones are sent whatever they show."""
        new = motion.moving and self._is_new(motion.where)
        if motion.moving:
            self._moved_s = time_s
        if new:
            self._lively_until_s = time_s + _LIVELY_S
        steady_s = max(self._every_s, _STEADY_S)
        waited = time_s - self._sent_s >= steady_s - self._every_s / 2
        send = timed or (motion.moving and (new or waited or not self._may_rest))
        if send:
            self._sent_s = time_s
            self._near_sent = _near(motion.where)
        lively = not self._may_rest or time_s < self._lively_until_s
        resting = self._may_rest and time_s - self._moved_s > _STILL_AFTER_S
        calm_s = max(self._every_s, _REST_S) if resting else steady_s
        return Verdict(send=send, wait_s=self._every_s if lively else calm_s, resting=resting)

    def _is_new(self, where: NDArray[np.bool_]) -> bool:
        near = self._near_sent
        if near is None or near.shape != where.shape:
            return True
        return bool(cv2.erode((where & ~near).astype(np.uint8), _NEW).any())


def _near(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(where.astype(np.uint8), _NEAR), np.bool_)
