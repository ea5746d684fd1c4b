"""Looks with faces that the tests of the mask rules are built from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.types import FaceCover, Look
from models.types import Detections
from tests.unit.detectors.looks import HEIGHT_PX, WIDTH_PX, a_look

MASK, BARE, BADLY = FaceCover.MASK, FaceCover.NO_MASK, FaceCover.BADLY_WORN


@dataclass(frozen=True, kw_only=True)
class Face:
    """A face, its middle in shares of the picture; ``body`` adds the person below it."""

    cover: FaceCover
    at: tuple[float, float] = (0.25, 0.3)
    height_px: float = 40
    score: float = 0.8
    body: bool = True


def a_look_at(second: float, *faces: Face) -> Look:
    """A look at these people from the waist up."""
    boxes, bodies = [], []
    for face in faces:
        x, y, half = face.at[0] * WIDTH_PX, face.at[1] * HEIGHT_PX, face.height_px / 2
        boxes.append((x - half * 0.8, y - half, x + half * 0.8, y + half))
        if face.body:
            bodies.append((x - 2 * half, y - 1.5 * half, x + 2 * half, y + 6 * half))
    found = Detections.of(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([face.score for face in faces], np.float32),
        np.array([face.cover for face in faces], np.int32),
    )
    n = len(bodies)
    persons = Detections.of(
        np.array(bodies, np.float32).reshape(n, 4), np.ones(n, np.float32), np.zeros(n, np.int32)
    )
    return replace(a_look(second), faces=found, persons=persons)
