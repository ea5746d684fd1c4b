"""Tells who moves or stands in a scene from noise, light and leaves. Pure but for its state.

The background is the empty scene. What differs from it counts for as long as it is there, moving
or standing, for a person may stand for an hour; what is absolutely still for a minute is a thing,
and becomes background.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.gateways.capture.lighting import Mask, Small, explained, only_lit
from pipelines.gateways.capture.restless import Restless

LONG_SIDE_PX = 160
_NEARLY = 2 / 3  # up to half as large again is left as it is
_LEAST_PX = 24  # of one blob in 160 x 120: a person of about 5 x 8, less its border
# More changes than a few that are too small for anybody mean rain or snow, of which some clump: of
# 5 streaks up to 40 px, of 110 flakes up to 100 px (rendered; a person at 20 m has 200).
_FEW_SPECKS, _CLUMPS = 2.0, 0.6
_LEARN_S = 10.0  # so slowly the background follows
_THING_S = 60.0  # absolutely still for so long: nobody
_STIRS_LUMA = 7.0  # a pixel that changed by this much since the last look did not by noise
_BLIND_CONTRAST = 0.1  # less of the usual contrast than this: dark or covered
_LOOSE_S = 60.0  # the same for a place that comes and goes, whatever it shows at the moment
_BESIDE = np.ones((9, 9), np.uint8)  # near what is there, some of it may differ too little to see
_USUAL_WAIT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionResult:
    """What one frame showed.

    Attributes:
        moving: something is there that is not the empty scene.
        changed_share: share (0 to 1) of pixels that neither light nor restlessness explains.
        where: those pixels, ``(height, width)`` of the small picture.
    """

    moving: bool
    changed_share: float
    where: Mask = field(repr=False, compare=False)

    @classmethod
    def nothing(cls) -> MotionResult:
        """Nothing was looked at, or nothing can be told."""
        return cls(moving=False, changed_share=0.0, where=np.zeros((1, 1), np.bool_))


class MotionGate:
    """The empty scene of one camera, and what differs from it."""

    def __init__(self) -> None:
        self._background: Small | None = None
        self._last = self._still_s = np.zeros((1, 1), np.float32)
        self._restless = Restless((1, 1))
        self._last_s = 0.0

    def step(self, luma: NDArray[np.uint8], time_s: float | None = None) -> MotionResult:
        """Judges the next frame; the first never moves.

        Args:
            luma: uint8 ``(height, width)``, any size.
            time_s: when it was; half a second after the one before if None.
        """
        small = _small(luma)
        now_s = self._last_s + _USUAL_WAIT_S if time_s is None else time_s
        wait_s, self._last_s = max(0.0, now_s - self._last_s), now_s
        background, last = self._background, self._last
        if background is None or background.shape != small.shape:
            return self._begin(small)
        if np.std(small) < _BLIND_CONTRAST * np.std(background):
            return MotionResult.nothing()  # teaches nothing
        told = explained(background, small)
        if told is None:  # e.g. infrared light was switched on
            return self._begin(small)
        changed, lit = told
        self._last = small
        differs = np.asarray(cv2.absdiff(small, lit), np.float32)
        known = self._restless.step(changed, differs, wait_s=wait_s)
        self._still_s = np.where(_stirring(small, last), 0, self._still_s + np.float32(wait_s))
        there, adopt = self._sorted(changed, known, lit, small)
        learn = np.float32(1 - np.exp(-wait_s / _LEARN_S))
        held = cv2.dilate(changed.astype(np.uint8), _BESIDE).astype(np.bool_)
        rate = np.where(adopt, np.float32(1), np.where(held, np.float32(0), learn))
        rate = np.maximum(rate, self._restless.loose * np.float32(wait_s / _LOOSE_S))
        self._background = lit + rate * (small - lit)
        share = float(np.count_nonzero(there)) / there.size
        return MotionResult(moving=share > 0, changed_share=share, where=there)

    def _begin(self, small: Small) -> MotionResult:
        self._background = self._last = small
        self._restless = Restless(small.shape)
        self._still_s = np.zeros(small.shape, np.float32)
        return MotionResult.nothing()

    def _sorted(self, changed: Mask, known: Mask, lit: Small, small: Small) -> tuple[Mask, Mask]:
        """Of what changed, the blobs that count, and those that become background now."""
        there, adopt = np.zeros_like(changed), np.zeros_like(changed)
        if not changed.any():
            return there, adopt
        _, label, stats, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8))
        areas = stats[1:, cv2.CC_STAT_AREA]
        specks = np.count_nonzero(areas < _LEAST_PX)
        least = _LEAST_PX * (1 + _CLUMPS * np.log2(max(1.0, specks / _FEW_SPECKS)))
        for number in np.flatnonzero(areas >= least) + 1:
            blob = np.asarray(label == number)
            if self._still_s[blob].min() >= _THING_S:
                adopt |= blob
            elif np.count_nonzero(blob & ~known) >= least and not only_lit(lit, small, blob):
                there |= blob
        return there, adopt


def _small(luma: NDArray[np.uint8]) -> Small:
    height, width = luma.shape
    scale = LONG_SIDE_PX / max(height, width)
    if scale < _NEARLY:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.blur(luma, (3, 3)), np.float32)


def _stirring(small: Small, last: Small) -> Mask:
    """Where a pixel changed since the last look; one of them keeps its whole blob from ageing."""
    return np.asarray(cv2.absdiff(small, last) > _STIRS_LUMA, np.bool_)
