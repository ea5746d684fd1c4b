"""Owns collages: shrunken pictures side by side, people as small as a ceiling camera sees them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.evaluate.yolo_set import picture_files, read_boxes
from models.picture import PAD_VALUE, decode_jpeg, encode_jpeg
from models.training.recipe import CollagePlan, Recipe
from models.training.yolo_text import write_boxes

PREFIX = "collage"


def add_collages(recipe: Recipe, out: Path, *, part: str, count: int, alone: bool = False) -> None:
    """Adds ``count`` collages of a part's own pictures; ``alone`` then removes those pictures."""
    images = out / "images" / part
    pictures = picture_files(images)
    rng = np.random.default_rng(recipe.seed)
    person = recipe.classes.index("person")
    for number in range(count):
        canvas, rows = _collage(recipe.collage, pictures, person, rng)
        name = f"{PREFIX}_{number:04}"
        (images / f"{name}.jpg").write_bytes(encode_jpeg(canvas, quality=90))
        side = recipe.collage.size_px
        write_boxes(out / "labels" / part / f"{name}.txt", rows, side, side)
    for picture in pictures if alone else []:
        picture.unlink()


def _collage(
    plan: CollagePlan, pictures: list[Path], person: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    across = int(rng.integers(plan.fewest_across, plan.most_across + 1))
    cell = plan.size_px // across
    canvas = np.full((plan.size_px, plan.size_px, 3), PAD_VALUE, np.uint8)
    rows = []
    for place, choice in enumerate(rng.integers(0, len(pictures), across * across)):
        path = pictures[int(choice)]
        picture = decode_jpeg(path.read_bytes())
        height, width = picture.shape[:2]
        scale = cell / max(height, width)
        w, h = max(1, int(width * scale)), max(1, int(height * scale))
        left, top = place % across * cell, place // across * cell
        canvas[top : top + h, left : left + w] = cv2.resize(
            picture, (w, h), interpolation=cv2.INTER_AREA
        )
        boxes = read_boxes(path, w, h)
        tall = boxes[:, 4] - boxes[:, 2]
        least = np.where(boxes[:, 0] == person, plan.smallest_person_px, plan.smallest_face_px)
        rows.append(boxes[tall >= least] + np.array([0, left, top, left, top], np.float32))
    return canvas, np.concatenate(rows)
