"""Owns which pictures a phase of training shows, and how often."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from models.evaluate.yolo_set import label_path, picture_files
from models.training.recipe import Phase, Recipe


def write_portion(recipe: Recipe, phase: Phase, data: Path, name: str) -> Path:
    """Writes ``data/NAME.txt``, a list of pictures, and a ``data/NAME.yaml`` that names it."""
    listed = [
        str(picture.resolve())
        for picture in picture_files(data / "images" / "train")
        for _ in range(_times(recipe, phase, picture))
    ]
    (data / f"{name}.txt").write_text("\n".join(listed) + "\n")
    said = {
        "path": str(data.resolve()),
        "train": f"{name}.txt",
        "val": "images/val",
        "names": dict(enumerate(recipe.classes)),
    }
    (data / f"{name}.yaml").write_bytes(msgspec.yaml.encode(said))
    return data / f"{name}.yaml"


def _times(recipe: Recipe, phase: Phase, picture: Path) -> int:
    """None, for a picture outside the share of its set; more, where a rare class is on it."""
    draw = int(hashlib.sha256(picture.name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    if any(_of(picture, one) and draw >= share for one, share in phase.share.items()):
        return 0
    shown = {
        recipe.classes[int(line.split()[0])]
        for line in label_path(picture).read_text().splitlines()
    }
    often = [
        times
        for one, by_class in phase.repeat.items()
        for name, times in by_class.items()
        if _of(picture, one) and name in shown
    ]
    return max(often, default=1)


def _of(picture: Path, one: str) -> bool:
    """Whether a picture of the assembled set comes from the recipe's set ``one``."""
    return picture.name.startswith(f"{one.replace('/', '_')}_")
