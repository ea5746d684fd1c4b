"""Owns what teachers add to what people drew. A statue is no person, and its face no face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import yolo
from models.training.recipe import Recipe
from models.training.sources import Source

Look = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labeller:
    """The teachers: each takes a BGR picture and gives corners ``(n, 4)`` in its pixels."""

    recipe: Recipe
    persons: Look
    faces: Look

    def rows(self, source: Source, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Drawn rows and the teachers', float32 ``(n, 5)``: our class number, corners."""
        person, bare = (self.recipe.classes.index(name) for name in ("person", "no_mask"))
        drawn = source.rows[source.rows[:, 0] == person, 1:]
        known = np.concatenate([drawn, source.statues_xyxy])
        new = _unlike(self.persons(picture), known, self.recipe.person_teacher.same_iou)
        rows = [source.rows, _of_class(person, new)]
        if source.of.faces:
            rows.append(_of_class(bare, _outside(self.faces(picture), source.statues_xyxy)))
        return np.concatenate(rows)


def _of_class(class_id: int, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([np.full((len(boxes), 1), class_id, np.float32), boxes], axis=1)


def _unlike(
    found: NDArray[np.float32], known: NDArray[np.float32], same_iou: float
) -> NDArray[np.float32]:
    if not len(found) or not len(known):
        return found
    overlap: NDArray[np.float32] = yolo.iou_matrix(found, known).max(axis=1)
    kept: NDArray[np.float32] = found[overlap < same_iou]
    return kept


def _outside(found: NDArray[np.float32], statues: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = ((found[:, :2] + found[:, 2:]) / 2)[:, None]
    within = (middle > statues[None, :, :2]) & (middle < statues[None, :, 2:])
    kept: NDArray[np.float32] = found[~np.logical_and.reduce(within, axis=2).any(axis=1)]
    return kept
