"""The finder of faces: a drawn one at several sizes, boxes in the picture's own pixels."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import ModelError
from models.faces import FaceFinder, decode
from tests.unit.browse.drawn import SIZE, TOP, frame, left_of


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    """The bundled network."""
    return FaceFinder.load()


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0])
def test_a_face_is_found_where_it_is(finder: FaceFinder, scale: float) -> None:
    """The middle of a box lies on the face, whatever the picture's size."""
    picture = np.asarray(cv2.resize(frame(5), None, fx=scale, fy=scale), np.uint8)
    found = finder.find(picture)
    middle = (found[:, :2] + found[:, 2:]) / 2 / scale
    wanted = np.array([left_of(5) + SIZE, TOP + SIZE])
    assert np.abs(middle - wanted).max(axis=1).min() < 0.4 * SIZE


def test_an_empty_wall_has_no_face(finder: FaceFinder) -> None:
    """Nor has a picture of a few pixels."""
    assert finder.find(np.full((200, 300, 3), 128, np.uint8)).shape == (0, 4)
    assert finder.find(np.zeros((3, 5, 3), np.uint8)).shape == (0, 4)


def test_boxes_of_the_maps() -> None:
    """A cell's middle with its offset, four pixels a cell; size as a logarithm; doubles go."""
    heat, size, offset = (np.zeros(s, np.float32) for s in ((8, 8), (2, 8, 8), (2, 8, 8)))
    heat[3, 5], heat[3, 6], heat[7, 0] = 0.9, 0.5, 0.05
    size[:, 3, 5:7] = np.log([[6.0, 6.0], [4.0, 4.0]])
    offset[:, 3, 5] = 0.25, -0.5
    (box,) = decode(heat, size, offset, min_score=0.1)
    assert box.tolist() == pytest.approx([20 - 8, 15 - 12, 20 + 8, 15 + 12])


def test_weights_that_are_not_the_cards_are_refused(tmp_path: Path) -> None:
    """A changed file is not run; neither is none."""
    bundled = FaceFinder.card_path()
    card = json.loads(bundled.read_text("utf-8"))
    weights = (bundled.parent / card["file"]).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == card["sha256"]
    (tmp_path / "faces.card.json").write_text(bundled.read_text("utf-8"), "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        FaceFinder.load(tmp_path / "faces.card.json")
    (tmp_path / card["file"]).write_bytes(weights[:-1] + b"\x00")
    with pytest.raises(ModelError, match="not those of"):
        FaceFinder.load(tmp_path / "faces.card.json")
