"""Owns finding what must be hidden, by two networks: faces, and heads of persons."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.faces import FaceFinder
from models.session import DetectorSession, bundled_card_path, read_card
from models.types import Detections
from pipelines.browse import regions
from pipelines.browse.regions import Boxes

_PERSON = "person"
_LEAST_SCORE = 0.1  # doubtful persons have heads too
_QUARTER = 0.6  # of each side: whoever stands on a border is whole in one of them
_EDGE_PX = 4.0
BLUR_VERSION = "1"
"""Changes with how pictures are blurred: copies of another version are made anew."""


class Eyes:
    """Finds faces and heads in one picture after the other. Not thread-safe.

    Args:
        detector: card of the detector of persons; the bundled one for None. Whatever else it finds
            (faces with and without a mask) is hidden as a face.

    Raises:
        ModelError: a network cannot be read.
    """

    def __init__(self, detector: Path | None = None, *, threads: int = 1) -> None:
        path = detector or bundled_card_path()
        card = read_card(path)
        keen = msgspec.structs.replace(card, min_score=_LEAST_SCORE, min_scores={})
        weights = (path.parent / card.file).read_bytes()
        self._persons = DetectorSession(keen, weights, threads=threads)
        self._faces = FaceFinder.load(threads=threads)
        self._is_person = np.array([name == _PERSON for name in card.classes])
        self._surely = card.min_scores.get(_PERSON, card.min_score)
        self.model = f"{card.name} {card.version}"

    def find(self, bgr: NDArray[np.uint8]) -> Boxes:
        """What to hide in a BGR picture ``(h, w, 3)``."""
        return self.look(bgr)[0]

    def look(self, bgr: NDArray[np.uint8]) -> tuple[Boxes, Boxes]:
        """What to hide, and the persons that are sure enough for a rule: corners and score."""
        persons, faces = [], [self._faces.find(bgr)]
        corners = _corners(bgr)
        parts = [bgr[y : y + tall, x : x + wide] for x, y, wide, tall in corners]
        sure = np.zeros((0, 5), np.float32)
        for (x, y, *_), part in zip(corners, parts, strict=True):
            (seen,) = self._persons.detect([part])  # one by one: a batch is no faster here, but big
            if part.shape == bgr.shape:  # a rule looks at the whole picture only
                sure = self._sure(seen)
            # Whose head is cut off by a quarter's upper edge shows it in the whole picture.
            whole = (seen.boxes_xyxy[:, 1] > _EDGE_PX) | (y == 0)
            seen = seen.where(whole)
            boxes = seen.boxes_xyxy + np.array([x, y, x, y], np.float32)
            person = self._is_person[seen.class_id]
            persons.append(boxes[person])
            faces.append(boxes[~person])
        heads, seen_faces = np.concatenate(persons), np.concatenate(faces)
        return np.concatenate([regions.heads(heads), regions.faces(seen_faces)]), sure

    def _sure(self, seen: Detections) -> Boxes:
        kept = seen.where(self._is_person[seen.class_id] & (seen.score >= self._surely))
        return np.concatenate([kept.boxes_xyxy, kept.score[:, None]], axis=1).astype(np.float32)


def _corners(bgr: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """The whole picture and its four corners (x, y, width, height), which overlap.

    In a quarter a person is larger: of persons far away a third more are found.
    """
    height, width = bgr.shape[:2]
    tall, wide = (max(1, round(side * _QUARTER)) for side in (height, width))
    ways = [(x, y) for x in (0, width - wide) for y in (0, height - tall)]
    return [(0, 0, width, height), *((x, y, wide, tall) for x, y in ways)]
