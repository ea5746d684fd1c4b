"""Owns the scoring of a model on a data set: what is run, what is counted, what is reported."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.evaluate.class_names import same_name
from models.evaluate.matching import Found, Matches, match
from models.evaluate.subject import Subject, with_card
from models.evaluate.yolo_set import YoloSet, read_boxes
from models.picture import UnreadablePicture, decode_jpeg
from models.types import Detections

Scores = dict[str, float | int | str | list[str]]
LOW, HIGH = 2.5, 97.5


@dataclass(slots=True, kw_only=True)
class Sighting:
    """All that a model saw in a set: one entry a readable picture in each list."""

    found: list[Detections] = field(default_factory=list)
    drawn: list[NDArray[np.float32]] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def score_model(subject: Subject, data: YoloSet, said: dict[str, str] | None = None) -> Scores:
    """Scores a model on a set, classes matched by name (``said``: theirs to ours).

    Keys without a dot are of the whole; ``CLASS.ap50`` and so on of a class, with ``_low`` and
    ``_high`` ends of the 95 % bootstrap interval over pictures.

    Raises:
        ModelError: no class in common, or no readable picture.
    """
    shared = shared_classes(subject, data, said)
    seen = look(subject, data)
    scores = _whole(subject, data, seen, set(shared), said)
    for name in shared:
        scores |= _of_class(name, matches_of(subject, data, seen, name, said), subject)
    return scores


def shared_classes(subject: Subject, data: YoloSet, said: dict[str, str] | None) -> list[str]:
    """Class names both know, in the model's order.

    Raises:
        ModelError: there is none.
    """
    theirs = {same_name(name, said) for name in data.names.values()}
    known = [same_name(name) for name in subject.card.classes]
    shared = [name for name in dict.fromkeys(known) if name in theirs]
    if not shared:
        raise ModelError(
            f"no class in common: the set has {sorted(data.names.values())}, the model knows "
            f"{list(subject.card.classes)}; say which are the same with --map theirs=ours"
        )
    return shared


def look(subject: Subject, data: YoloSet) -> Sighting:
    """Runs the model over every picture; the first is run once more so that warm runs are timed."""
    seen = Sighting()
    for path in data.pictures:
        try:
            picture = decode_jpeg(path.read_bytes())
        except (UnreadablePicture, OSError):
            seen.unreadable.append(path.name)
            continue
        if not seen.found:
            subject.session.detect([picture])
        started, busy = time.perf_counter(), time.process_time()
        seen.found.append(subject.session.detect([picture])[0])
        seen.cpu_ms.append(1000 * (time.process_time() - busy))
        seen.ms.append(1000 * (time.perf_counter() - started))
        seen.drawn.append(read_boxes(path, picture.shape[1], picture.shape[0]))
    if not seen.found:
        raise ModelError(
            f"none of {len(data.pictures)} pictures can be read: {seen.unreadable[:3]}"
        )
    return seen


def matches_of(
    subject: Subject, data: YoloSet, seen: Sighting, name: str, said: dict[str, str] | None
) -> Matches:
    """Boxes of one class, found and drawn, matched."""
    ours = [i for i, one in enumerate(subject.card.classes) if same_name(one) == name]
    theirs = [i for i, one in data.names.items() if same_name(one, said) == name]

    def columns(found: Detections) -> Found:
        mine = np.isin(found.class_id, ours)
        return found.boxes_xyxy[mine], found.score[mine]

    return match(
        (columns(found), drawn[np.isin(drawn[:, 0], theirs), 1:])
        for found, drawn in zip(seen.found, seen.drawn, strict=True)
    )


def _whole(
    subject: Subject, data: YoloSet, seen: Sighting, shared: set[str], said: dict[str, str] | None
) -> Scores:
    unknown = [name for name in data.names.values() if same_name(name, said) not in shared]
    return {
        "model": subject.card.name,
        "sha256": subject.card.sha256,
        "size_px": subject.card.size_px,
        "pictures": len(seen.found),
        "unreadable": len(seen.unreadable),
        "unreadable_names": seen.unreadable,
        "ms_per_picture": round(float(np.mean(seen.ms)), 2),
        "ms_median": round(float(np.median(seen.ms)), 2),
        "ms_p95": round(float(np.percentile(seen.ms, 95)), 2),
        "cpu_ms_median": round(float(np.median(seen.cpu_ms)), 2),
        "threads": subject.threads,
        "provider": subject.provider,
        "unknown_classes": unknown,
        "classes_not_in_set": [c for c in subject.card.classes if same_name(c) not in shared],
    }


def _of_class(name: str, matches: Matches, subject: Subject) -> Scores:
    own = next(c for c in subject.card.classes if same_name(c) == name)
    threshold = subject.threshold(own)
    measured = (matches.average_precision(), *matches.at(threshold))
    drawn = int(matches.drawn.sum())
    low, high = np.percentile(matches.resampled(threshold), [LOW, HIGH], axis=0)
    scores: Scores = {}
    for place, key in enumerate(("ap50", "precision", "recall")):
        scores[f"{name}.{key}"] = round(measured[place], 4)
        scores[f"{name}.{key}_low"] = round(float(low[place]), 4)
        scores[f"{name}.{key}_high"] = round(float(high[place]), 4)
    return scores | {
        f"{name}.drawn": drawn,
        f"{name}.threshold": round(threshold, 3),
        f"{name}.best_threshold": round(matches.best_threshold(), 3),
    }


def evaluate_card(card_path: Path, data: YoloSet, *, threads: int = 1) -> Scores:
    """Scores a card's model on a set; as `score_model`."""
    return score_model(with_card(card_path, threads=threads), data)
