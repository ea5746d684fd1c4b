"""Owns the reading of YOLO data sets: data.yaml, pictures, label files. Must not write any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
SPLITS = ("val", "test", "train")
BOX_COLUMNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class YoloSet:
    """A data set's class names by number, and the pictures of one split in name order."""

    names: dict[int, str]
    pictures: list[Path]


def read_set(data_yaml: Path, split: str = "val") -> YoloSet:
    """Reads a data.yaml: ``names`` a list or mapping; a split a folder, folders, or a .txt list.

    Raises:
        ModelError: no such description, no such split, or no picture in it; says what to do.
    """
    try:
        said = msgspec.yaml.decode(data_yaml.read_bytes())
        numbered = _numbered(said["names"])
        root = (data_yaml.parent / str(said.get("path") or ".")).resolve()
        splits = {key: said[key] for key in SPLITS if said.get(key)}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{data_yaml} is no YOLO data.yaml: {error!r}") from error
    if split not in splits:
        raise ModelError(
            f"{data_yaml} names no {split!r} pictures, only {sorted(splits)}: choose with --split"
        )
    wanted = splits[split] if isinstance(splits[split], list) else [splits[split]]
    places = [_place(str(one), root, data_yaml.parent) for one in wanted]
    pictures = sorted({picture for place in places for picture in _pictures(place, root)})
    if not pictures:
        looked = ", ".join(str(place) for place in places)
        raise ModelError(
            f"no picture ({', '.join(sorted(SUFFIXES))}) in {looked}: correct `path` or {split!r} "
            f"in {data_yaml}; both are relative to that file"
        )
    return YoloSet(names=numbered, pictures=pictures)


def read_names(data_yaml: Path) -> dict[str, int]:
    """Class names of a data.yaml to their numbers."""
    names = _numbered(msgspec.yaml.decode(data_yaml.read_bytes())["names"])
    return {name: number for number, name in names.items()}


def _numbered(names: dict[object, object] | list[object]) -> dict[int, str]:
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    return {int(str(number)): str(name) for number, name in pairs}


def _place(said: str, root: Path, beside: Path) -> Path:
    """Where a split lies. Sets exported by Roboflow say ``../valid`` and mean ``valid``."""
    tries = [root / said, beside / said, root / said.removeprefix("../")]
    return next((place for place in tries if place.exists()), root / said)


def _pictures(place: Path, root: Path) -> list[Path]:
    if place.suffix == ".txt" and place.is_file():
        lines = [line.strip() for line in place.read_text().splitlines() if line.strip()]
        beside = [place.parent / line for line in lines]
        return [p if p.exists() else root / line for p, line in zip(beside, lines, strict=True)]
    return picture_files(place)


def picture_files(folder: Path) -> list[Path]:
    """All pictures under a folder, in name order."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def read_boxes(picture: Path, width: int, height: int) -> NDArray[np.float32]:
    """float32 ``(n, 5)`` of a picture's label file: class number, corners in pixels.

    No file, or an empty one, is a picture with nothing on it. Outlines (more than four numbers)
    become the box around them.

    Raises:
        ModelError: the label file is not YOLO text.
    """
    label = label_path(picture)
    lines = label.read_text().splitlines() if label.exists() else []
    try:
        rows = [_box([float(part) for part in line.split()]) for line in lines if line.strip()]
    except ValueError as error:
        raise ModelError(f"{label} is not YOLO text (class x y w h): {error}") from error
    boxes = np.array(rows, np.float64).reshape(-1, BOX_COLUMNS)
    boxes[:, 1:] *= [width, height, width, height]
    return boxes.astype(np.float32)


def _box(numbers: list[float]) -> list[float]:
    if len(numbers) in (BOX_COLUMNS, BOX_COLUMNS + 1):  # a sixth is a labeller's confidence
        class_id, x, y, w, h = numbers[:BOX_COLUMNS]
        return [class_id, x - w / 2, y - h / 2, x + w / 2, y + h / 2]
    if len(numbers) < BOX_COLUMNS or len(numbers) % 2 == 0:
        raise ValueError(f"{len(numbers)} numbers in a line")
    xs, ys = numbers[1::2], numbers[2::2]
    return [numbers[0], min(xs), min(ys), max(xs), max(ys)]


def label_path(picture: Path) -> Path:
    """Where YOLO keeps a picture's boxes: ``labels`` for the last ``images`` of its path."""
    parts = list(picture.with_suffix(".txt").parts)
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return Path(*parts)
