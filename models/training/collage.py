"""Owns collages: shrunken pictures side by side, people as small as a ceiling camera sees them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.picture import PAD_VALUE, decode_jpeg, encode_jpeg
from models.training.recipe import CollagePlan, Recipe

PREFIX = "collage"


def add_collages(recipe: Recipe, out: Path, *, part: str, count: int) -> None:
    """Adds ``count`` collages of a part's own pictures to that part of a YOLO data set."""
    images = out / "images" / part
    pictures = [p for p in sorted(images.iterdir()) if not p.name.startswith(PREFIX)]
    rng = np.random.default_rng(recipe.seed)
    for number in range(count):
        canvas, rows = _collage(recipe.collage, pictures, out / "labels" / part, rng)
        (images / f"{PREFIX}_{number:04}.jpg").write_bytes(encode_jpeg(canvas, quality=90))
        label = "".join(f"0 {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for x, y, w, h in rows)
        (out / "labels" / part / f"{PREFIX}_{number:04}.txt").write_text(label)


def _collage(
    plan: CollagePlan, pictures: list[Path], labels: Path, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
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
        boxes = _boxes(labels / f"{path.stem}.txt") * [w, h, w, h]
        boxes = boxes[boxes[:, 3] >= plan.smallest_person_px]
        rows.append((boxes + np.array([left, top, 0, 0])) / plan.size_px)
    return canvas, np.concatenate(rows)


def _boxes(label: Path) -> NDArray[np.float64]:
    text = label.read_text().split("\n")
    lines = [line for line in text if line.strip()]
    return np.loadtxt(lines, ndmin=2)[:, 1:5] if lines else np.zeros((0, 4))
