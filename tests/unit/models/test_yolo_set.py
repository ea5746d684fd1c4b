"""Reading YOLO data sets as they are found in the world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelError
from models.evaluate.yolo_set import label_path, read_boxes, read_set
from models.picture import encode_jpeg

JPEG = encode_jpeg(np.full((100, 200, 3), 90, np.uint8))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Pictures ``a`` and ``b`` in images/val, ``c`` in valid/images, ``d`` in images/more."""
    for place in ("images/val/a", "images/val/b", "valid/images/c", "images/more/d"):
        picture = tmp_path / f"{place}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(JPEG)
    (tmp_path / "list.txt").write_text("./images/val/b.jpg\n\nimages/more/d.jpg\n")
    return tmp_path


WAYS = {
    "a folder": ("names: [person]\nval: images/val", ["a", "b"]),
    "a path": ("names: [person]\npath: images\nval: val", ["a", "b"]),
    "names as mapping": ("names: {0: person}\nval: images/val", ["a", "b"]),
    "folders": ("names: [person]\nval: [images/val, images/more]", ["d", "a", "b"]),
    "a list in a file": ("names: [person]\nval: list.txt", ["d", "b"]),
    "as Roboflow writes it": ("names: [person]\nval: ../valid/images", ["c"]),
    "a path that is empty": ("names: [person]\npath:\nval: images/val", ["a", "b"]),
}


@pytest.mark.parametrize(("text", "expected"), WAYS.values(), ids=WAYS.keys())
def test_splits_are_found(root: Path, text: str, expected: list[str]) -> None:
    """However a split is named, its pictures are the same ones ultralytics would take."""
    (root / "data.yaml").write_text(text)
    data = read_set(root / "data.yaml")
    assert [picture.stem for picture in data.pictures] == expected
    assert data.names == {0: "person"}


def test_another_split_is_read_when_asked(root: Path) -> None:
    """``--split train`` reads the pictures under ``train``."""
    (root / "data.yaml").write_text("names: [person]\nval: images/val\ntrain: images/more")
    assert [p.stem for p in read_set(root / "data.yaml", "train").pictures] == ["d"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("val: images/val", "is no YOLO data.yaml"),
        ("just words", "is no YOLO data.yaml"),
        ("", "is no YOLO data.yaml"),
        ("names: {one: person}\nval: images/val", "is no YOLO data.yaml"),
        ("a: [b", "is no YOLO data.yaml"),
        ("names: [person]\ntrain: images/val", r"no 'val' pictures, only \['train'\].*--split"),
        ("names: [person]\nval: nowhere", "no picture .* in .*nowhere: correct `path` or 'val'"),
    ],
)
def test_a_set_that_cannot_be_read_says_why(root: Path, text: str, said: str) -> None:
    """The message says what to correct."""
    (root / "data.yaml").write_text(text)
    with pytest.raises(ModelError, match=said):
        read_set(root / "data.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 0.5 0.5 0.25 0.5", [[1, 75, 25, 125, 75]]),
        ("1 0.5 0.5 0.25 0.5 0.93", [[1, 75, 25, 125, 75]]),  # with a labeller's confidence
        ("2 0.1 0.2 0.3 0.2 0.2 0.6", [[2, 20, 20, 60, 60]]),  # an outline of three corners
        ("\n  \n", []),
        ("0 0.5 0.5 1 1\n1 0.5 0.5 0 0\n", [[0, 0, 0, 200, 100], [1, 100, 50, 100, 50]]),
    ],
)
def test_labels_become_boxes_in_pixels(root: Path, text: str, expected: list[list[int]]) -> None:
    """Boxes, boxes with a confidence, and outlines."""
    picture = root / "images" / "val" / "a.jpg"
    label_path(picture).parent.mkdir(parents=True)
    label_path(picture).write_text(text)
    np.testing.assert_allclose(
        read_boxes(picture, 200, 100), np.array(expected).reshape(-1, 5), atol=1e-4
    )


def test_a_picture_without_a_label_file_shows_nothing(root: Path) -> None:
    """That is how YOLO sets say that a picture is empty."""
    assert read_boxes(root / "images" / "val" / "b.jpg", 200, 100).shape == (0, 5)


@pytest.mark.parametrize("text", ["person 0.5 0.5 0.1 0.1", "0 0.5 0.5", "0 .1 .2 .3 .4 .5 .6 .7"])
def test_what_is_no_label_names_its_file(root: Path, text: str) -> None:
    """A broken label is not silently an empty picture."""
    picture = root / "images" / "val" / "a.jpg"
    label_path(picture).parent.mkdir(parents=True)
    label_path(picture).write_text(text)
    with pytest.raises(ModelError, match=r"a\.txt is not YOLO text"):
        read_boxes(picture, 200, 100)


def test_labels_lie_beside_the_last_images_folder() -> None:
    """Also where the set itself lies under a folder of that name."""
    assert label_path(Path("/images/set/images/val/a.b.jpg")) == Path(
        "/images/set/labels/val/a.b.txt"
    )
    assert label_path(Path("/set/a.png")) == Path("/set/a.txt")
