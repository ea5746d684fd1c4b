"""Owns scoring a detector on drawn boxes: average precision, and precision and recall by threshold.

Average precision is the area under the precision envelope at IoU 0.5, every point (PASCAL VOC
2010 on); a box is matched to the best free drawn box of its class in its picture.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import yolo
from models.errors import ModelError
from models.picture import UnreadablePicture, decode_jpeg
from models.session import DetectorSession, read_card
from models.types import Detections

SAME_IOU = 0.5
LOWEST_SCORE = 0.01
SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """All boxes of one class over all pictures, best score first.

    Attributes:
        score: float32 ``(n,)``.
        hit: bool ``(n,)``, whether the box found a drawn one.
        drawn: how many boxes were drawn.
    """

    score: NDArray[np.float32]
    hit: NDArray[np.bool_]
    drawn: int

    def average_precision(self) -> float:
        """Area under the precision envelope, 0 to 1."""
        if not self.drawn or not len(self.hit):
            return 0.0
        hits = np.cumsum(self.hit)
        recall = hits / self.drawn
        precision = hits / np.arange(1, len(hits) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * envelope))

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall when boxes below ``threshold`` are dropped."""
        kept = self.hit[self.score >= threshold]
        hits = int(kept.sum())
        return hits / max(1, len(kept)), hits / max(1, self.drawn)

    def best_threshold(self) -> float:
        """The threshold with the highest F1."""
        hits = np.cumsum(self.hit)
        f1 = 2 * hits / (np.arange(1, len(hits) + 1) + self.drawn)
        return float(self.score[int(f1.argmax())]) if len(f1) else LOWEST_SCORE


def match(pictures: Iterator[tuple[Detections, NDArray[np.float32]]], class_id: int) -> Matches:
    """Matches detections of one class with drawn boxes ``(m, 4)``, picture by picture."""
    scores: list[NDArray[np.float32]] = []
    hits: list[NDArray[np.bool_]] = []
    drawn = 0
    for found, boxes in pictures:
        mine = found.where(found.class_id == class_id)
        order = np.argsort(-mine.score, kind="stable")
        scores.append(mine.score[order])
        hits.append(_hits(mine.boxes_xyxy[order], boxes))
        drawn += len(boxes)
    score = np.concatenate(scores or [np.zeros(0, np.float32)])
    order = np.argsort(-score, kind="stable")
    hit = np.concatenate(hits or [np.zeros(0, np.bool_)])
    return Matches(score=score[order], hit=hit[order], drawn=drawn)


def _hits(found: NDArray[np.float32], drawn: NDArray[np.float32]) -> NDArray[np.bool_]:
    hit = np.zeros(len(found), np.bool_)
    if not len(drawn) or not len(found):
        return hit
    overlap = yolo.iou_matrix(found, drawn)
    for row in range(len(found)):
        best = int(overlap[row].argmax())
        if overlap[row, best] >= SAME_IOU:
            hit[row] = True
            overlap[:, best] = -1
    return hit


def evaluate_model(card_path: Path, data_yaml: Path) -> dict[str, float | int | str]:
    """Scores a card's model on a data set's ``val`` pictures, classes matched by name.

    Raises:
        ModelError: no readable picture, or no class in common.
    """
    names, pictures = read_set(data_yaml)
    card = msgspec.structs.replace(read_card(card_path), min_score=LOWEST_SCORE)
    session = DetectorSession(card, (card_path.parent / card.file).read_bytes(), threads=1)
    shared = [name for name in card.classes if name in names]
    if not shared:
        raise ModelError(f"{data_yaml} has {names}, the model knows {card.classes}")
    found: list[tuple[Detections, NDArray[np.float32], NDArray[np.int32]]] = []
    spent_s = 0.0
    for picture_path in pictures:
        try:
            picture = decode_jpeg(picture_path.read_bytes())
        except UnreadablePicture:
            continue
        started = time.perf_counter()
        detections = session.detect([picture])[0]
        spent_s += time.perf_counter() - started
        boxes, classes = drawn_boxes(picture_path, picture.shape[1], picture.shape[0])
        found.append((detections, boxes, classes))
    if not found:
        raise ModelError(f"{data_yaml} names no readable picture under `val`")
    scores: dict[str, float | int | str] = {"model": card.name, "pictures": len(found)}
    scores["ms_per_picture"] = round(1000 * spent_s / len(found), 2)
    threshold = read_card(card_path).min_score
    for name in shared:
        ours, theirs = card.classes.index(name), names.index(name)
        matches = match(((d, b[c == theirs]) for d, b, c in found), ours)
        precision, recall = matches.at(threshold)
        scores |= {
            f"{name}.ap50": round(matches.average_precision(), 4),
            f"{name}.precision": round(precision, 4),
            f"{name}.recall": round(recall, 4),
            f"{name}.drawn": matches.drawn,
            f"{name}.best_threshold": round(matches.best_threshold(), 3),
        }
    return scores


def read_set(data_yaml: Path) -> tuple[list[str], list[Path]]:
    """Class names and ``val`` pictures of a YOLO data set.

    Raises:
        ModelError: the file is not such a description.
    """
    try:
        said = msgspec.yaml.decode(data_yaml.read_bytes())
        names = said["names"]
        names = [names[k] for k in sorted(names)] if isinstance(names, dict) else list(names)
        root = (data_yaml.parent / said.get("path", ".")).resolve()
        folder = root / said["val"]
    except (KeyError, TypeError, msgspec.DecodeError) as error:
        raise ModelError(f"{data_yaml} is no YOLO data.yaml: {error!r}") from error
    return names, sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def drawn_boxes(
    picture: Path, width: int, height: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Boxes ``(m, 4)`` in pixels and class ids of the label file that belongs to a picture."""
    parts = list(picture.with_suffix(".txt").parts)
    parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    label = Path(*parts)
    text = label.read_text() if label.exists() else ""
    if not text.strip():
        return np.zeros((0, 4), np.float32), np.zeros(0, np.int32)
    rows = np.loadtxt(text.splitlines(), ndmin=2, dtype=np.float64)
    centre, size = rows[:, 1:3], rows[:, 3:5]
    boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    boxes *= np.array([width, height] * 2)
    return boxes.astype(np.float32), rows[:, 0].astype(np.int32)
