"""Owns the writing of YOLO text: pictures, label files (`evaluate.yolo_set` reads them)."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.evaluate.yolo_set import label_path


def write_boxes(label: Path, rows: NDArray[np.float32], width: int, height: int) -> None:
    """Writes ``(n, 5)`` rows of class number and corners in pixels as YOLO text."""
    label.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for class_id, left, top, right, bottom in rows.tolist():
        x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
        w, h = (right - left) / width, (bottom - top) / height
        lines.append(f"{int(class_id)} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
    label.write_text("".join(lines))


def write_picture(
    image: Path, source: Path, picture: NDArray[np.uint8], rows: NDArray[np.float32]
) -> None:
    """Copies a picture (``picture`` are its pixels) to ``image`` and writes its boxes beside it."""
    image.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, image)
    height, width = picture.shape[:2]
    write_boxes(label_path(image), rows, width, height)
