"""Owns the assembly of a training set: folders of pictures in, one YOLO data set out.

Must not train. Teachers label what nobody drew; the sets that judge carry drawn boxes only.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from models.picture import decode_jpeg
from models.training.collage import add_collages
from models.training.labels import Labeller
from models.training.recipe import PictureSet, Recipe
from models.training.sources import Source, sources
from models.training.split import held_apart
from models.training.yolo_text import write_picture

SMALL = "small_persons"


def assemble(
    labeller: Labeller, data: Path, out: Path, tell: Callable[[str], None]
) -> list[dict[str, object]]:
    """Writes ``out/data.yaml`` to train on and ``out/judge/GROUP/data.yaml`` to be scored on.

    Returns counts per set, with the digest of its pictures.
    """
    recipe = labeller.recipe
    shutil.rmtree(out, ignore_errors=True)
    found = [source for one in recipe.sets for source in sources(recipe, one, data)]
    apart = held_apart(
        [str(source.path.relative_to(data)) for source in found],
        np.array([source.likeness for source in found]),
        [source.own_split for source in found],
        share=recipe.held_apart_share,
        bits=recipe.near_duplicate_bits,
    )
    counts = []
    for one in recipe.sets:
        mine = [(s, bool(a)) for s, a in zip(found, apart, strict=True) if s.of is one]
        counts.append(_write_set(labeller, one, mine, out))
        tell(f"{one.path}: {counts[-1]}")
    _describe(out, recipe.classes, recipe.classes)
    add_collages(recipe, out, part="train", count=recipe.collage.train)
    _judge_small_persons(recipe, out)
    return counts


def _judge_small_persons(recipe: Recipe, out: Path) -> None:
    """Held-apart pictures with drawn persons once more, as collages."""
    for one in recipe.sets:
        if one.judge and "person" in one.classes.values():
            small = out / "judge" / SMALL
            shutil.copytree(out / "judge" / one.judge, small)
            add_collages(recipe, small, part="val", count=recipe.collage.held_apart, alone=True)
            _describe(small, recipe.classes, ("person",))
            return


def _write_set(
    labeller: Labeller, one: PictureSet, mine: list[tuple[Source, bool]], out: Path
) -> dict[str, object]:
    classes = labeller.recipe.classes
    digest, taught = hashlib.sha256(), 0
    drawn = dict.fromkeys(classes, 0)
    for source, apart in mine:
        raw = source.path.read_bytes()
        digest.update(raw)
        picture = decode_jpeg(raw)
        rows = labeller.rows(source, picture)
        taught += len(rows) - len(source.rows)
        for class_id in source.rows[:, 0]:
            drawn[classes[int(class_id)]] += 1
        part = "val" if apart else "train"
        stem = f"{one.path.replace('/', '_')}_{source.path.stem}"
        suffix = source.path.suffix.lower()
        write_picture(out / "images" / part / f"{stem}{suffix}", source.path, picture, rows)
        if apart and one.judge:
            image = out / "judge" / one.judge / "images" / "val" / f"{stem}{suffix}"
            write_picture(image, source.path, picture, source.rows)
    if one.judge:
        _describe(out / "judge" / one.judge, classes, tuple(one.classes.values()))
    apart_count = sum(apart for _, apart in mine)
    return {
        "set": one.path,
        "train_pictures": len(mine) - apart_count,
        "held_apart_pictures": apart_count,
        "drawn": {name: count for name, count in drawn.items() if count},
        "labelled_by_teachers": taught,
        "sha256_of_pictures": digest.hexdigest(),
    }


def _describe(folder: Path, classes: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Writes a data.yaml that names the classes drawn there, by their own numbers."""
    names = {number: name for number, name in enumerate(classes) if name in known}
    said = {"path": str(folder.resolve()), "train": "images/train", "val": "images/val"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.yaml").write_bytes(msgspec.yaml.encode(said | {"names": names}))
