"""Owns finding a reference view again in a picture. Must not decide whether that is a trouble.

ORB keypoints of both, matched both ways, and the similarity (shift, turn, scale) that most matches
agree on by RANSAC. Light may change much; what stands there may not change wholly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

VIEW_PX = 320
"""Pictures are compared at most this wide and high."""
_KEYPOINTS = 500
_OFF_PX = 4.0  # a match this far from where the similarity puts it is none of its own
_SCALES = (0.5, 2.0)
_GREY_BELOW = 2.0


class UnreadableView(ValueError):
    """A reference view is no picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What is remembered of a picture: keypoints ``(n, 2)`` in pixels and their descriptors."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    width_px: int
    height_px: int
    brightness: float
    coloured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a picture lies to the reference view.

    Attributes:
        inliers: matches that agree on one similarity; 0 where none was found.
        shift_share: how far the corner or centre that moved most is from where it was, as a share
            of the width; meaningless without inliers.
    """

    keypoints: int
    matches: int
    inliers: int
    shift_share: float


def fitted(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A luma plane at most ``VIEW_PX`` wide and high."""
    height, width = luma.shape
    scale = min(1.0, VIEW_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


@lru_cache(maxsize=256)
def reference_features(picture: bytes) -> Features:
    """Features of a reference view, kept for the process.

    Raises:
        UnreadableView: not a picture.
    """
    bgr = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    if bgr is None:
        raise UnreadableView(f"{len(picture)} bytes that are no picture")
    spread = np.ptp(bgr[::8, ::8].astype(np.int16), axis=2).mean()
    luma = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
    return features(fitted(luma), coloured=bool(spread >= _GREY_BELOW))


def features(view: NDArray[np.uint8], *, coloured: bool = True) -> Features:
    """Keypoints and descriptors of a luma plane."""
    found, descriptors = _orb().detectAndCompute(view, None)
    points = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    empty = np.zeros((0, 32), np.uint8)
    return Features(
        points,
        empty if descriptors is None else np.asarray(descriptors, np.uint8),
        view.shape[1],
        view.shape[0],
        float(view.mean()),
        coloured,
    )


def place(reference: Features, view: NDArray[np.uint8]) -> Place:
    """Finds the reference in a luma plane of any size up to ``VIEW_PX``."""
    now = features(view)
    matches = _matched(reference, now)
    none = Place(keypoints=len(now.points), matches=len(matches), inliers=0, shift_share=0.0)
    if len(matches) < 4:  # noqa: PLR2004  two points fix a similarity; two more must agree
        return none
    one, other = reference.points[matches[:, 0]], now.points[matches[:, 1]]
    moved, inside = cv2.estimateAffinePartial2D(
        one, other, method=cv2.RANSAC, ransacReprojThreshold=_OFF_PX, maxIters=1000
    )
    if moved is None or not _SCALES[0] <= float(np.hypot(moved[0, 0], moved[1, 0])) <= _SCALES[1]:
        return none
    return Place(
        keypoints=len(now.points),
        matches=len(matches),
        inliers=int(inside.sum()),
        shift_share=_shift(moved.astype(np.float64), reference, now),
    )


def _matched(one: Features, other: Features) -> NDArray[np.int64]:
    if not len(one.points) or not len(other.points):
        return np.zeros((0, 2), np.int64)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    found = matcher.match(one.descriptors, other.descriptors)
    return np.array([(m.queryIdx, m.trainIdx) for m in found], np.int64).reshape(-1, 2)


def _shift(moved: NDArray[np.float64], one: Features, other: Features) -> float:
    """The same picture at another size is not shifted: both are measured in shares."""
    shares = np.array([(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)], np.float64)
    before = shares * (one.width_px, one.height_px)
    after = (before @ moved[:, :2].T + moved[:, 2]) / (other.width_px, other.height_px)
    return float(np.hypot(*(after - shares).T).max())


@lru_cache(maxsize=1)
def _orb() -> cv2.ORB:
    return cv2.ORB.create(nfeatures=_KEYPOINTS, fastThreshold=10)
