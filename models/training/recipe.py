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


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the weights, apart from the pictures themselves."""

    name: str
    version: str
    seed: int
    architecture: str
    size_px: int
    classes: tuple[str, ...]
    hours: float
    epochs: int
    batch: int
    held_apart_share: float
    teacher: Teacher
    sets: tuple[PictureSet, ...]


def read_recipe(path: Path | None = None) -> Recipe:
    """Reads ``recipe.toml`` (the shipped one when ``path`` is None)."""
    source = path or Path(__file__).with_name("recipe.toml")
    return msgspec.toml.decode(source.read_bytes(), type=Recipe)
