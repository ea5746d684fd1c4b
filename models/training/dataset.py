"""Owns the assembly of a training set: folders of pictures in, one YOLO data set out.

Must not train. A teacher model labels persons where nobody drew them; pictures that judge the
result carry drawn boxes only.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import yolo
from models.picture import UnreadablePicture, decode_jpeg, letterbox
from models.session import open_session
from models.training.collage import add_collages
from models.training.recipe import PictureSet, Recipe, Teacher

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture of a set: where it lies, which part it belongs to, its drawn boxes (pixels)."""

    path: Path
    part: str
    persons_xyxy: NDArray[np.float32]
    not_persons_xyxy: NDArray[np.float32]
    drawn: bool


def assemble(
    recipe: Recipe, data: Path, teacher_path: Path, out: Path, tell: Callable[[str], None]
) -> list[dict[str, object]]:
    """Writes ``out/{images,labels}/{train,val}`` and ``out/data.yaml``; returns counts per set.

    Held-apart collages join ``val``; those to learn from are added by ``add_collages``.
    """
    shutil.rmtree(out, ignore_errors=True)
    look = _teacher_look(recipe.teacher, teacher_path)
    counts = []
    for picture_set in recipe.sets:
        counts.append(_write_set(recipe, picture_set, data, out, look))
        tell(f"{picture_set.path}: {counts[-1]}")
    add_collages(recipe, out, part="val", count=recipe.collage.held_apart)
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(recipe.classes))
    (out / "data.yaml").write_text(
        f"path: {out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}"
    )
    return counts


Look = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def _teacher_look(teacher: Teacher, path: Path) -> Look:
    session = open_session(path.read_bytes(), threads=2)
    feed = session.get_inputs()[0].name

    def look(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        chw, fit = letterbox(picture, teacher.size_px)
        output = np.asarray(session.run(None, {feed: chw[None]})[0], np.float32)[0]
        keep = (teacher.person_class,)
        return yolo.decode(output, fit, min_score=teacher.min_score, keep_classes=keep).boxes_xyxy

    return look


def _write_set(
    recipe: Recipe, picture_set: PictureSet, data: Path, out: Path, look: Look
) -> dict[str, object]:
    drawn = taught = train = val = 0
    digest = hashlib.sha256()
    for source in sources(recipe, picture_set, data):
        raw = source.path.read_bytes()
        digest.update(raw)
        try:
            picture = decode_jpeg(raw)
        except UnreadablePicture:
            continue
        boxes = source.persons_xyxy
        if source.part == "train":
            extra = _new_boxes(look(picture), source, recipe.teacher.same_iou)
            taught += len(extra)
            boxes = np.concatenate([boxes, extra])
            train += 1
        else:
            val += 1
        drawn += len(source.persons_xyxy)
        _write_picture(out, picture_set, source, picture, boxes)
    return {
        "set": picture_set.path,
        "train_pictures": train,
        "held_apart_pictures": val,
        "drawn_persons": drawn,
        "teacher_persons": taught,
        "sha256_of_pictures": digest.hexdigest(),
    }


def sources(recipe: Recipe, picture_set: PictureSet, data: Path) -> Iterator[Source]:
    """Yields a set's pictures in name order, each with its part and its drawn boxes."""
    root = data / picture_set.path
    names = _class_names(root / "data.yaml")
    for path in sorted((root / "images").rglob("*")):
        if path.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        part = _part(path, root, recipe) if picture_set.person else "train"
        label = root / "labels" / path.relative_to(root / "images").with_suffix(".txt")
        persons = _drawn(label, path, names.get(picture_set.person or ""))
        statues = _drawn(label, path, names.get(picture_set.not_person or ""))
        yield Source(
            path=path,
            part=part,
            persons_xyxy=persons,
            not_persons_xyxy=statues,
            drawn=picture_set.person is not None,
        )


def _part(path: Path, root: Path, recipe: Recipe) -> str:
    folder = path.relative_to(root / "images").parts[0]
    if (root / "images" / "val").is_dir():
        return folder
    share = int(hashlib.sha256(path.name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "val" if share < recipe.held_apart_share else "train"


def _class_names(data_yaml: Path) -> dict[str, int]:
    import yaml  # comes with ultralytics

    names = yaml.safe_load(data_yaml.read_text())["names"]
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    return {str(name): int(index) for index, name in pairs}


def _drawn(label: Path, picture_path: Path, class_id: int | None) -> NDArray[np.float32]:
    if class_id is None or not label.exists() or not label.read_text().strip():
        return np.zeros((0, 4), np.float32)
    rows = np.loadtxt(label, ndmin=2, dtype=np.float32)[:, :5]
    rows = rows[rows[:, 0] == class_id, 1:]
    height, width = decode_jpeg(picture_path.read_bytes()).shape[:2]
    scale = np.array([width, height, width, height], np.float32)
    centre_size = rows * scale
    half = centre_size[:, 2:] / 2
    return np.concatenate([centre_size[:, :2] - half, centre_size[:, :2] + half], axis=1)


def _new_boxes(found: NDArray[np.float32], source: Source, same_iou: float) -> NDArray[np.float32]:
    for known in (source.persons_xyxy, source.not_persons_xyxy):
        if len(found) and len(known):
            found = found[yolo.iou_matrix(found, known).max(axis=1) < same_iou]
    return found


def _write_picture(
    out: Path,
    picture_set: PictureSet,
    source: Source,
    picture: NDArray[np.uint8],
    boxes: NDArray[np.float32],
) -> None:
    stem = f"{picture_set.path.replace('/', '_')}_{source.path.stem}"
    image = out / "images" / source.part / f"{stem}{source.path.suffix.lower()}"
    label = out / "labels" / source.part / f"{stem}.txt"
    image.parent.mkdir(parents=True, exist_ok=True)
    label.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.path, image)
    height, width = picture.shape[:2]
    size = boxes[:, 2:] - boxes[:, :2]
    middle = boxes[:, :2] + size / 2
    rows = np.concatenate([middle, size], axis=1) / np.array([width, height] * 2, np.float32)
    label.write_text("".join(f"0 {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for x, y, w, h in rows))
