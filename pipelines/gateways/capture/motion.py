"""Tells motion from sensor noise and lighting, on a small luma plane. Pure but for its state."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE_PX = 160
_CHANGED_LUMA = 16.0  # a pixel of the small picture changed by this much did not do so by noise
_MOVING_SHARE = 0.0015  # 29 pixels of 160 x 120: a person of about 5 x 8
_SCENE_SHARE = 0.6  # more than this at once is another scene, e.g. infrared switching on
_LEARN = 0.05  # at 2 frames a second a thing that stays is background after some 10 s
_CLIPPED_LOW, _CLIPPED_HIGH = 4.0, 251.0
_BLIND_CONTRAST = 0.1  # less of the usual contrast than this: dark or covered
_TOO_DARK = 8.0  # luma below which a ratio of brightness means nothing
_SPECK = np.ones((2, 2), np.uint8)

Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionResult:
    """What one frame showed.

    Attributes:
        moving: something moved in the scene.
        changed_share: share (0 to 1) of pixels that changed beyond what lighting explains.
        where: those pixels, ``(height, width)`` of the small picture.
    """

    moving: bool
    changed_share: float
    where: NDArray[np.bool_] = field(repr=False, compare=False)

    @classmethod
    def nothing(cls) -> MotionResult:
        """Nothing was looked at, or nothing can be told."""
        return cls(moving=False, changed_share=0.0, where=np.zeros((1, 1), np.bool_))


class MotionGate:
    """A running-average background and what differs from it."""

    def __init__(self) -> None:
        self.background: Small | None = None

    def step(self, luma: NDArray[np.uint8]) -> MotionResult:
        """Judges the next frame, uint8 ``(height, width)`` of any size; the first never moves."""
        self.background, result = step(self.background, luma)
        return result


def step(background: Small | None, luma: NDArray[np.uint8]) -> tuple[Small, MotionResult]:
    """One frame against the background: the next background, and what moved.

    A change of lighting is tried as an explanation first, added and multiplied; only what the
    better one leaves over counts as motion.
    """
    small = _small(luma)
    if background is None or background.shape != small.shape:
        return small, MotionResult.nothing()
    if np.std(small) < _BLIND_CONTRAST * np.std(background):
        return background, MotionResult.nothing()  # teaches nothing
    changed, relit = _explained(background, small)
    share = float(np.count_nonzero(changed)) / changed.size
    if share > _SCENE_SHARE:
        return small, MotionResult(moving=False, changed_share=share, where=changed)
    learned = relit + np.float32(_LEARN) * (small - relit)
    moving = share >= _MOVING_SHARE
    return learned, MotionResult(moving=moving, changed_share=share, where=changed)


def _explained(background: Small, small: Small) -> tuple[NDArray[np.bool_], Small]:
    """What the best of the lightings leaves unexplained, and the background in that light."""
    changed = _changed(small, background)
    if np.count_nonzero(changed) < _MOVING_SHARE * changed.size:
        return changed, background
    found = [(changed, background)]
    found += [(_changed(small, lit), lit) for lit in _lightings(background, small)]
    return min(  # of equal explanations, the closer one
        found, key=lambda one: (np.count_nonzero(one[0]), float(cv2.absdiff(small, one[1]).mean()))
    )


def _small(luma: NDArray[np.uint8]) -> Small:
    height, width = luma.shape
    scale = min(1.0, LONG_SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(fitted, (3, 3)), np.float32)


def _lightings(background: Small, small: Small) -> list[Small]:
    """The background brighter by a constant, and brighter by a factor."""
    step_up = np.float32(np.median(small - background))
    dark = background < _TOO_DARK
    factor = 1.0 if dark.all() else float(np.median(small[~dark] / background[~dark]))
    return [
        np.clip(background + step_up, 0, 255).astype(np.float32),
        np.clip(background * np.float32(factor), 0, 255).astype(np.float32),
    ]


def _changed(small: Small, expected: Small) -> NDArray[np.bool_]:
    changed = cv2.absdiff(small, expected) > _CHANGED_LUMA
    burnt_out = (small > _CLIPPED_HIGH) & (expected > _CLIPPED_HIGH - 2 * _CHANGED_LUMA)
    drowned = (small < _CLIPPED_LOW) & (expected < _CLIPPED_LOW + 2 * _CHANGED_LUMA)
    changed &= ~(burnt_out | drowned)
    solid = cv2.erode(changed.astype(np.uint8), _SPECK)  # specks go
    return np.asarray(cv2.dilate(solid, _SPECK), np.bool_)
