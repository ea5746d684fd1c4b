"""Owns the pictures that a recipe names: where each lies and what people drew on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.evaluate.yolo_set import picture_files, read_boxes, read_names
from models.picture import UnreadablePicture, decode_jpeg
from models.training.recipe import PictureSet, Recipe
from models.training.split import likeness


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A picture of a set.

    Attributes:
        own_split: whether its set holds it apart itself; None where the set has no say.
        likeness: bool ``(64,)``; see ``split``.
        rows: drawn boxes, float32 ``(n, 5)``: our class number, corners in pixels.
        statues_xyxy: drawn boxes of what only looks like a person.
    """

    path: Path
    of: PictureSet
    own_split: bool | None
    likeness: NDArray[np.bool_]
    rows: NDArray[np.float32]
    statues_xyxy: NDArray[np.float32]


def sources(recipe: Recipe, one: PictureSet, data: Path) -> list[Source]:
    """A set's readable pictures in name order."""
    root = data / one.path
    names = read_names(root / "data.yaml")
    ours = {names[theirs]: recipe.classes.index(mine) for theirs, mine in one.classes.items()}
    listed = []
    for path in picture_files(root / "images"):
        try:
            picture = decode_jpeg(path.read_bytes())
        except UnreadablePicture:
            continue
        drawn = read_boxes(path, picture.shape[1], picture.shape[0])
        rows = drawn[np.isin(drawn[:, 0], list(ours))]
        rows[:, 0] = [ours[int(theirs)] for theirs in rows[:, 0]]
        listed.append(
            Source(
                path=path,
                of=one,
                own_split=_own_split(path, root, one),
                likeness=likeness(picture),
                rows=rows,
                statues_xyxy=drawn[drawn[:, 0] == names.get(one.not_person or "", -1), 1:],
            )
        )
    return listed


def _own_split(path: Path, root: Path, one: PictureSet) -> bool | None:
    if (root / "images" / "val").is_dir():
        return path.relative_to(root / "images").parts[0] == "val"
    return None if one.judge else False
