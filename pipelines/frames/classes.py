"""Owns what a model's class names mean to the rules. Must not know any model."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.types import FaceCover
from models.types import Detections

PERSON = "person"
COVERS = {
    "mask": FaceCover.MASK,
    "no_mask": FaceCover.NO_MASK,
    "mask_badly_worn": FaceCover.BADLY_WORN,
}
"""A face's class name to what it wears; other names than these and ``PERSON`` are ignored."""
_NEITHER = -1


def sorted_out(found: Detections, names: tuple[str, ...]) -> tuple[Detections, Detections]:
    """Persons, and faces whose ``class_id`` is a ``FaceCover``.

    Args:
        names: the model's classes, in the order of its ids.
    """
    is_person, cover = _meaning(names)
    faces = found.where(cover[found.class_id] != _NEITHER)
    return (
        found.where(is_person[found.class_id]),
        Detections.of(faces.boxes_xyxy, faces.score, cover[faces.class_id]),
    )


@lru_cache(maxsize=16)
def _meaning(names: tuple[str, ...]) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    return (
        np.array([name == PERSON for name in names], np.bool_),
        np.array([int(COVERS.get(name, _NEITHER)) for name in names], np.int32),
    )
