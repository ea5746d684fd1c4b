"""The head's decode and the suppression, on outputs made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models import yolo
from models.picture import Letterbox

SAME = Letterbox(scale=1.0, pad_x=0, pad_y=0, width_px=100, height_px=100)
Anchor = tuple[tuple[float, float, float, float], tuple[float, ...]]


def head(*anchors: Anchor) -> NDArray[np.float32]:
    """Anchors as (centre x, centre y, width, height), class scores."""
    return np.array([[*box, *scores] for box, scores in anchors], np.float32).T


def boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32)


def test_centre_and_size_become_corners_of_the_likely_ones() -> None:
    output = head(((50, 40, 20, 10), (0.1, 0.9)), ((10, 10, 4, 4), (0.2, 0.1)))
    found = yolo.decode(output, SAME, min_score=0.5)
    assert found.boxes_xyxy.tolist() == [[40, 35, 60, 45]]
    assert (found.class_id.tolist(), found.score.tolist()) == ([1], [pytest.approx(0.9)])


@pytest.mark.parametrize(("score", "count"), [(0.49, 0), (0.5, 1), (0.51, 1)])
def test_the_threshold_itself_counts(score: float, count: int) -> None:
    found = yolo.decode(head(((50, 50, 10, 10), (score,))), SAME, min_score=0.5)
    assert len(found) == count


def test_boxes_are_told_in_the_pictures_own_pixels() -> None:
    fit = Letterbox(scale=0.5, pad_x=0, pad_y=20, width_px=200, height_px=120)
    found = yolo.decode(head(((50, 50, 40, 20), (0.9,))), fit, min_score=0.5)
    assert found.boxes_xyxy.tolist() == [[60, 40, 140, 80]]


def test_of_overlapping_boxes_of_one_class_the_best_stays() -> None:
    output = head(
        ((50, 50, 20, 20), (0.6, 0)),
        ((51, 50, 20, 20), (0.9, 0)),
        ((80, 80, 20, 20), (0.7, 0)),
    )
    found = yolo.decode(output, SAME, min_score=0.5)
    assert found.score.tolist() == pytest.approx([0.9, 0.7])


def test_boxes_of_different_classes_do_not_suppress_each_other() -> None:
    output = head(((50, 50, 20, 20), (0.6, 0)), ((50, 50, 20, 20), (0, 0.9)))
    found = yolo.decode(output, SAME, min_score=0.5)
    assert sorted(found.class_id.tolist()) == [0, 1]


def test_only_asked_for_classes_are_kept_under_their_own_numbers() -> None:
    output = head(((20, 20, 10, 10), (0.9, 0.1, 0.8)), ((70, 70, 10, 10), (0.9, 0.7, 0.2)))
    found = yolo.decode(output, SAME, min_score=0.5, keep_classes=(1, 2))
    assert sorted(found.class_id.tolist()) == [1, 2]


@pytest.mark.parametrize("anchors", [0, 3])
def test_nothing_likely_is_an_empty_picture(anchors: int) -> None:
    output = np.zeros((5, anchors), np.float32)
    found = yolo.decode(output, SAME, min_score=0.5)
    assert (len(found), found.boxes_xyxy.shape) == (0, (0, 4))


@pytest.mark.parametrize(("max_iou", "kept"), [(0.2, [1]), (0.5, [1, 0])])
def test_how_much_overlap_is_too_much(max_iou: float, kept: list[int]) -> None:
    pair = boxes((0, 0, 10, 10), (5, 0, 15, 10))  # a third of their union is shared
    rows = yolo.suppress(
        pair, np.array([0.6, 0.8], np.float32), np.zeros(2, np.int32), max_iou=max_iou
    )
    assert rows.tolist() == kept


OVERLAPS = {
    "the same": ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
    "half": ((0, 0, 10, 10), (0, 0, 10, 5), 0.5),
    "a third": ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
    "touching": ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
    "apart": ((0, 0, 10, 10), (50, 50, 60, 60), 0.0),
    "a point": ((5, 5, 5, 5), (5, 5, 5, 5), 0.0),
}


@pytest.mark.parametrize(("a", "b", "iou"), OVERLAPS.values(), ids=OVERLAPS.keys())
def test_intersection_over_union(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float], iou: float
) -> None:
    assert yolo.iou_matrix(boxes(a), boxes(b)).tolist() == [[pytest.approx(iou)]]
    assert yolo.iou_matrix(boxes(b), boxes(a)).tolist() == [[pytest.approx(iou)]]


def test_every_pair_is_compared() -> None:
    matrix = yolo.iou_matrix(boxes((0, 0, 1, 1), (5, 5, 6, 6)), np.zeros((0, 4), np.float32))
    assert matrix.shape == (2, 0)


def test_an_end_to_end_head_is_read_as_it_is() -> None:
    """Rows of corners, score and class (YOLO10, YOLO26): no second suppression."""
    rows = np.array(
        [[0, 0, 10, 10, 0.6, 1], [0, 0, 10, 9, 0.9, 1], [5, 5, 9, 9, 0.1, 0], [0, 0, 5, 5, 0.7, 0]],
        np.float32,
    )
    found = yolo.decode(np.pad(rows, ((0, 3), (0, 0))), SAME, min_score=0.5)
    assert found.score.tolist() == pytest.approx([0.9, 0.7, 0.6])
    assert found.class_id.tolist() == [1, 0, 1]
    only = yolo.decode(rows, SAME, min_score=0.5, keep_classes=(0,))
    assert only.boxes_xyxy.tolist() == [[0, 0, 5, 5]]
