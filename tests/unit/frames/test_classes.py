"""A model's class names become persons and face covers by name, whatever their order."""

from __future__ import annotations

import numpy as np

from detectors.types import FaceCover
from models.types import Detections
from pipelines.frames.classes import sorted_out


def found(*class_ids: int) -> Detections:
    n = len(class_ids)
    boxes = np.arange(4 * n, dtype=np.float32).reshape(n, 4)
    return Detections.of(
        boxes, np.linspace(0.9, 0.5, n, dtype=np.float32), np.array(class_ids, np.int32)
    )


def test_names_decide_not_numbers() -> None:
    """AV-10: what a face wears reaches the rules as the same cover from every model."""
    names = ("mask_badly_worn", "cigarette", "person", "no_mask", "mask")
    persons, faces = sorted_out(found(2, 0, 1, 4, 3, 2), names)
    assert persons.score.tolist() == found(2, 0, 1, 4, 3, 2).score[[0, 5]].tolist()
    assert faces.class_id.tolist() == [FaceCover.BADLY_WORN, FaceCover.MASK, FaceCover.NO_MASK]
    assert faces.boxes_xyxy[0].tolist() == [4, 5, 6, 7]


def test_a_model_of_persons_finds_no_faces() -> None:
    persons, faces = sorted_out(found(0, 0), ("person",))
    assert (len(persons), len(faces)) == (2, 0)


def test_nothing_found_is_nothing() -> None:
    persons, faces = sorted_out(found(), ("person", "mask"))
    assert (len(persons), len(faces)) == (0, 0)
