"""Owns the assembly of a training set: folders of pictures in, one YOLO data set out.

Must not train. Teachers label what nobody drew; the sets that judge carry drawn boxes only.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import yolo
from models.picture import UnreadablePicture, decode_jpeg
from models.training.collage import add_collages
from models.training.recipe import PictureSet, Recipe
from models.training.split import held_apart, likeness
from models.training.yolo_text import picture_files, read_boxes, read_names, write_picture

Look = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A picture of a set; ``rows`` are drawn boxes, float32 ``(n, 5)``: our class, corners in pixels."""

    path: Path
    of: PictureSet
    own_split: bool | None
    hash: NDArray[np.bool_]
    rows: NDArray[np.float32]
    statues_xyxy: NDArray[np.float32]


def assemble(
    recipe: Recipe, data: Path, out: Path, *, persons: Look, faces: Look, tell: Tell
) -> list[dict[str, object]]:
    """Writes ``out/data.yaml`` to train on and ``out/judge/GROUP/data.yaml`` to be scored on.

    Returns counts per set, with the digest of its pictures.
    """
    shutil.rmtree(out, ignore_errors=True)
    found = [source for one in recipe.sets for source in sources(recipe, one, data)]
    apart = held_apart(
        [str(source.path.relative_to(data)) for source in found],
        np.array([source.hash for source in found]),
        [source.own_split for source in found],
        share=recipe.held_apart_share,
        bits=recipe.near_duplicate_bits,
    )
    counts = []
    for one in recipe.sets:
        mine = [(s, bool(a)) for s, a in zip(found, apart, strict=True) if s.of is one]
        counts.append(_write_set(recipe, one, mine, out, persons, faces))
        tell(f"{one.path}: {counts[-1]}")
    _add_collages(recipe, out)
    _describe(out, recipe.classes, recipe.classes)
    return counts


def _add_collages(recipe: Recipe, out: Path) -> None:
    add_collages(recipe, out, part="train", count=recipe.collage.train)
    group = next(one.judge for one in recipe.sets if "person" in one.classes.values() and one.judge)
    small = out / "judge" / "small_persons"
    shutil.copytree(out / "judge" / group, small)
    add_collages(recipe, small, part="val", count=recipe.collage.held_apart, alone=True)


def sources(recipe: Recipe, one: PictureSet, data: Path) -> list[Source]:
    """A set's readable pictures in name order."""
    root = data / one.path
    names = read_names(root / "data.yaml")
    ours = {names[theirs]: recipe.classes.index(mine) for theirs, mine in one.classes.items()}
    split = (root / "images" / "val").is_dir()
    listed = []
    for path in picture_files(root / "images"):
        try:
            picture = decode_jpeg(path.read_bytes())
        except UnreadablePicture:
            continue
        height, width = picture.shape[:2]
        drawn = read_boxes(path, width, height)
        statues = drawn[drawn[:, 0] == names.get(one.not_person or "", -1), 1:]
        rows = drawn[np.isin(drawn[:, 0], list(ours))]
        rows[:, 0] = [ours[int(theirs)] for theirs in rows[:, 0]]
        own = path.relative_to(root / "images").parts[0] == "val" if split else None
        own = False if one.judge is None and own is None else own
        listed.append(
            Source(
                path=path, of=one, own_split=own, hash=likeness(picture), rows=rows,
                statues_xyxy=statues,
            )
        )  # fmt: skip
    return listed


def _write_set(
    recipe: Recipe,
    one: PictureSet,
    mine: list[tuple[Source, bool]],
    out: Path,
    persons: Look,
    faces: Look,
) -> dict[str, object]:
    digest, taught, apart_count = hashlib.sha256(), 0, 0
    drawn = dict.fromkeys(recipe.classes, 0)
    for source, apart in mine:
        raw = source.path.read_bytes()
        digest.update(raw)
        picture = decode_jpeg(raw)
        rows = _with_teachers(recipe, source, picture, persons, faces)
        taught += len(rows) - len(source.rows)
        apart_count += apart
        for class_id in source.rows[:, 0]:
            drawn[recipe.classes[int(class_id)]] += 1
        part = "val" if apart else "train"
        times = 1 if apart else _repeats(recipe, source)
        stem = f"{one.path.replace('/', '_')}_{source.path.stem}"
        for time in range(times):
            write_picture(out, part, f"{stem}_{time}", source.path, picture, rows)
        if apart and one.judge:
            judge = out / "judge" / one.judge
            write_picture(judge, "val", stem, source.path, picture, source.rows)
            known = tuple(c for c in recipe.classes if c in one.classes.values())
            _describe(judge, recipe.classes, known)
    return {
        "set": one.path,
        "train_pictures": len(mine) - apart_count,
        "held_apart_pictures": apart_count,
        "drawn": {name: count for name, count in drawn.items() if count},
        "labelled_by_teachers": taught,
        "sha256_of_pictures": digest.hexdigest(),
    }


def _repeats(recipe: Recipe, source: Source) -> int:
    shown = {recipe.classes[int(class_id)] for class_id in source.rows[:, 0]}
    return max([times for name, times in source.of.repeat.items() if name in shown], default=1)


def _with_teachers(
    recipe: Recipe, source: Source, picture: NDArray[np.uint8], persons: Look, faces: Look
) -> NDArray[np.float32]:
    """Drawn rows and what the teachers add; a statue is no person and its face no face."""
    person, bare = recipe.classes.index("person"), recipe.classes.index("no_mask")
    rows = source.rows
    drawn = rows[rows[:, 0] == person, 1:]
    known = np.concatenate([drawn, source.statues_xyxy])
    new = _apart_from(persons(picture), known, recipe.person_teacher.same_iou)
    rows = np.concatenate([rows, _of_class(person, new)])
    if source.of.faces:
        found = faces(picture)
        middle = (found[:, :2] + found[:, 2:]) / 2
        statues = source.statues_xyxy[None]
        inside = (middle[:, None] > statues[..., :2]) & (middle[:, None] < statues[..., 2:])
        rows = np.concatenate([rows, _of_class(bare, found[~inside.all(axis=2).any(axis=1)])])
    return rows


def _of_class(class_id: int, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([np.full((len(boxes), 1), class_id, np.float32), boxes], axis=1)


def _apart_from(
    found: NDArray[np.float32], known: NDArray[np.float32], same_iou: float
) -> NDArray[np.float32]:
    if not len(found) or not len(known):
        return found
    return found[yolo.iou_matrix(found, known).max(axis=1) < same_iou]


def _describe(folder: Path, classes: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Writes a data.yaml; classes nobody drew there get a name no model has, so are not scored."""
    names = {i: name if name in known else f"undrawn_{name}" for i, name in enumerate(classes)}
    said = {"path": str(folder.resolve()), "train": "images/train", "val": "images/val"}
    (folder / "data.yaml").write_bytes(msgspec.yaml.encode(said | {"names": names}))
