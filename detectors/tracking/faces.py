"""Owns whose face a face is: the person on whose upper half it lies. Must not follow anybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.tracking.matching import assign
from models.types import NO_TRACK, Detections

UPPER = 0.5  # of a person's box; somebody behind a counter is half face
_NEVER = 1e6


def owners(faces: Detections, persons: Detections) -> NDArray[np.int64]:
    """The track id of the person each face belongs to, ``NO_TRACK`` for nobody; int64 ``(faces,)``.

    A face has one person and a person one face: the one nearest to the middle of the head.
    """
    found = np.full(len(faces), NO_TRACK, np.int64)
    if not len(faces) or not len(persons):
        return found
    face, body = faces.boxes_xyxy.astype(np.float64), persons.boxes_xyxy.astype(np.float64)
    middle = (face[:, None, :2] + face[:, None, 2:]) / 2
    size = np.maximum(body[:, 2:] - body[:, :2], 1.0)
    at = (middle - body[None, :, :2]) / size  # share of the body's box, from its top left
    inside = (at[..., 0] >= 0) & (at[..., 0] <= 1) & (at[..., 1] >= 0) & (at[..., 1] <= UPPER)
    away = np.abs(at[..., 0] - 0.5) + at[..., 1]
    for face_at, body_at in assign(np.where(inside, away, _NEVER), most=2.0):
        found[face_at] = persons.track_id[body_at]
    return found
