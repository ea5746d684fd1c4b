"""Scoring on boxes made by hand, whose average precision can be reckoned on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import ModelError
from models.evaluate import Matches, drawn_boxes, evaluate_model, match, read_set
from models.picture import encode_jpeg
from models.session import bundled_card_path
from models.types import Detections

PERSON = 0
Box = tuple[float, float, float, float]


def boxes(*rows: Box) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


def found(*rows: tuple[Box, float], class_id: int = PERSON) -> Detections:
    return Detections.of(
        boxes(*(box for box, _ in rows)),
        np.array([score for _, score in rows], np.float32),
        np.full(len(rows), class_id, np.int32),
    )


A: Box = (0, 0, 10, 10)
B: Box = (20, 20, 30, 30)
C: Box = (50, 50, 60, 60)
NEAR_A: Box = (0, 0, 10, 9)  # IoU 0.9
FAR_FROM_A: Box = (0, 0, 10, 4)  # IoU 0.4

Case = tuple[list[tuple[Detections, NDArray[np.float32]]], float]
CASES: dict[str, Case] = {
    "all found": ([(found((A, 0.9), (B, 0.8)), boxes(A, B))], 1.0),
    "near enough": ([(found((NEAR_A, 0.9)), boxes(A))], 1.0),
    "not near enough": ([(found((FAR_FROM_A, 0.9)), boxes(A))], 0.0),
    "nothing found": ([(found(), boxes(A))], 0.0),
    "nothing drawn": ([(found((A, 0.9)), boxes())], 0.0),
    "one of two": ([(found((A, 0.9)), boxes(A, B))], 0.5),
    # hit, miss, hit of two drawn: 1/2 at precision 1, 1/2 at precision 2/3
    "a miss between": ([(found((A, 0.9), (C, 0.8), (B, 0.7)), boxes(A, B))], 0.5 + 0.5 * 2 / 3),
    # the miss comes first: envelope 2/3 throughout
    "a miss before": ([(found((C, 0.9), (A, 0.8), (B, 0.7)), boxes(A, B))], 2 / 3),
    "a second box on one person is a miss": (
        [(found((A, 0.9), (NEAR_A, 0.8), (B, 0.7)), boxes(A, B))], 0.5 + 0.5 * 2 / 3,
    ),
    "ranked over all pictures": (
        [(found((C, 0.95)), boxes(A)), (found((B, 0.9)), boxes(B))], 0.5 * 0.5,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pictures", "expected"), CASES.values(), ids=CASES.keys())
def test_average_precision(
    pictures: list[tuple[Detections, NDArray[np.float32]]], expected: float
) -> None:
    assert match(iter(pictures), PERSON).average_precision() == pytest.approx(expected)


def test_other_classes_do_not_count() -> None:
    matches = match(iter([(found((A, 0.9), class_id=1), boxes(A))]), PERSON)
    assert (len(matches.hit), matches.drawn) == (0, 1)


def test_precision_and_recall_by_threshold() -> None:
    pictures = [(found((A, 0.9), (C, 0.6), (B, 0.3)), boxes(A, B))]
    matches = match(iter(pictures), PERSON)
    assert matches.at(0.0) == pytest.approx((2 / 3, 1.0))
    assert matches.at(0.5) == (0.5, 0.5)
    assert matches.at(0.7) == (1.0, 0.5)
    assert matches.at(0.95) == (0.0, 0.0)


def test_the_best_threshold_has_the_best_f1() -> None:
    pictures = [(found((A, 0.9), (B, 0.8), (C, 0.2)), boxes(A, B))]
    assert match(iter(pictures), PERSON).best_threshold() == pytest.approx(0.8)
    empty = Matches(score=np.zeros(0, np.float32), hit=np.zeros(0, np.bool_), drawn=0)
    assert 0 < empty.best_threshold() < 1


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A YOLO set of two pictures, one without a label, and a broken one."""
    pictures, labels = tmp_path / "images" / "val", tmp_path / "labels" / "val"
    pictures.mkdir(parents=True)
    labels.mkdir(parents=True)
    jpeg = encode_jpeg(np.full((100, 200, 3), 90, np.uint8))
    (pictures / "a.jpg").write_bytes(jpeg)
    (labels / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.1 0.1\n")
    (pictures / "b.jpg").write_bytes(jpeg)
    (pictures / "broken.jpg").write_bytes(jpeg[:50])
    described = tmp_path / "data.yaml"
    described.write_text("path: .\nval: images/val\nnames: {0: person, 1: person-like}\n")
    return described


def test_labels_become_boxes_in_pixels(data: Path) -> None:
    names, pictures = read_set(data)
    assert names == ["person", "person-like"]
    assert [picture.name for picture in pictures] == ["a.jpg", "b.jpg", "broken.jpg"]
    drawn, classes = drawn_boxes(pictures[0], 200, 100)
    assert drawn[0].tolist() == [75, 25, 125, 75]
    assert classes.tolist() == [0, 1]
    assert len(drawn_boxes(pictures[1], 200, 100)[0]) == 0


def test_a_whole_set_is_scored_by_class_name(data: Path) -> None:
    scores = evaluate_model(bundled_card_path(), data)
    assert scores["pictures"] == 2
    assert scores["person.drawn"] == 1
    assert 0 <= float(scores["person.ap50"]) <= 1
    assert not any(name.startswith("person-like") for name in scores)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: [person]", "is no YOLO data.yaml"),
        ("just words", "is no YOLO data.yaml"),
        ("names: [dog]\nval: images/val", "the model knows"),
        ("names: [person]\nval: nowhere", "no readable picture"),
    ],
)
def test_a_set_that_cannot_be_scored_says_why(data: Path, text: str, said: str) -> None:
    data.write_text(text)
    with pytest.raises(ModelError, match=said):
        evaluate_model(bundled_card_path(), data)
