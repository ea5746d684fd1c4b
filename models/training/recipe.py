"""Owns the training recipe as data: which pictures, which classes, how long, which seed."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Teacher(msgspec.Struct, frozen=True, kw_only=True):
    """A larger model whose confident boxes stand in where nobody drew any."""

    size_px: int
    person_class: int
    min_score: float
    same_iou: float


class PictureSet(msgspec.Struct, frozen=True, kw_only=True):
    """One folder of pictures; ``person`` and ``not_person`` are its own class names, if drawn."""

    path: str
    person: str | None = None
    not_person: str | None = None


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of training; goes on from the phase before.

    Attributes:
        hours: on the recipe's own machine (2 cores); the number of epochs follows from it.
        rate: initial learning rate of AdamW.
        collages: how many collages of training pictures join the set.
    """

    hours: float
    rate: float
    collages: int


class CollagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How shrunken pictures are put together, ``fewest_across`` to ``most_across`` a side."""

    size_px: int
    fewest_across: int
    most_across: int
    smallest_person_px: float
    held_apart: int


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the weights, apart from the pictures themselves."""

    name: str
    version: str
    seed: int
    architecture: str
    size_px: int
    input_px: int
    classes: tuple[str, ...]
    batch: int
    held_apart_share: float
    phases: tuple[Phase, ...]
    collage: CollagePlan
    teacher: Teacher
    sets: tuple[PictureSet, ...]


def read_recipe(path: Path | None = None) -> Recipe:
    """Reads ``recipe.toml`` (the shipped one when ``path`` is None)."""
    source = path or Path(__file__).with_name("recipe.toml")
    return msgspec.toml.decode(source.read_bytes(), type=Recipe)
