"""Owns finding what must be hidden, by two networks: faces, and heads of persons."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.faces import FaceFinder
from models.session import DetectorSession, bundled_card_path, read_card
from pipelines.browse import regions
from pipelines.browse.regions import Boxes

_PERSON = "person"
_LEAST_SCORE = 0.1  # doubtful persons have heads too
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

    def find(self, bgr: NDArray[np.uint8]) -> Boxes:
        """What to hide in a BGR picture ``(h, w, 3)``."""
        (seen,) = self._persons.detect([bgr])
        person = self._is_person[seen.class_id]
        faces = [self._faces.find(bgr), seen.boxes_xyxy[~person]]
        found = [regions.heads(seen.boxes_xyxy[person]), *(regions.faces(one) for one in faces)]
        return np.concatenate(found)
