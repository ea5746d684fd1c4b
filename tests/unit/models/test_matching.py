"""Scoring on boxes made by hand, whose average precision can be reckoned on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.evaluate.matching import Found, Matches, match

Box = tuple[float, float, float, float]


def boxes(*rows: Box) -> NDArray[np.float32]:
    """Drawn boxes of a picture."""
    return np.array(rows, np.float32).reshape(-1, 4)


def found(*rows: tuple[Box, float]) -> Found:
    """Boxes a model found, with their scores."""
    return boxes(*(box for box, _ in rows)), np.array([score for _, score in rows], np.float32)


A: Box = (0, 0, 10, 10)
B: Box = (20, 20, 30, 30)
C: Box = (50, 50, 60, 60)
NEAR_A: Box = (0, 0, 10, 9)  # IoU 0.9
FAR_FROM_A: Box = (0, 0, 10, 4)  # IoU 0.4

Case = tuple[list[tuple[Found, NDArray[np.float32]]], float]
CASES: dict[str, Case] = {
    "all found": ([(found((A, 0.9), (B, 0.8)), boxes(A, B))], 1.0),
    "near enough": ([(found((NEAR_A, 0.9)), boxes(A))], 1.0),
    "not near enough": ([(found((FAR_FROM_A, 0.9)), boxes(A))], 0.0),
    "nothing found": ([(found(), boxes(A))], 0.0),
    "nothing drawn": ([(found((A, 0.9)), boxes())], 0.0),
    "no picture": ([], 0.0),
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
    pictures: list[tuple[Found, NDArray[np.float32]]], expected: float
) -> None:
    """The area under the envelope is that reckoned by hand."""
    assert match(pictures).average_precision() == pytest.approx(expected)


def test_precision_and_recall_by_threshold() -> None:
    """A higher threshold drops boxes from both."""
    matches = match([(found((A, 0.9), (C, 0.6), (B, 0.3)), boxes(A, B))])
    assert matches.at(0.0) == pytest.approx((2 / 3, 1.0))
    assert matches.at(0.5) == (0.5, 0.5)
    assert matches.at(0.7) == (1.0, 0.5)
    assert matches.at(0.95) == (0.0, 0.0)


def test_the_best_threshold_has_the_best_f1() -> None:
    """It keeps the hits and drops the miss below them."""
    matches = match([(found((A, 0.9), (B, 0.8), (C, 0.2)), boxes(A, B))])
    assert matches.best_threshold() == pytest.approx(0.8)
    assert 0 < match([]).best_threshold() < 1


def mixed(pictures: int) -> Matches:
    """A set of which every third picture is missed and the others hit, with a false box each."""
    rows = [
        (found((C if n % 3 == 0 else A, 0.5 + n / 1000), (B, 0.3)), boxes(A))
        for n in range(pictures)
    ]
    return match(rows)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_a_weighted_picture_counts_as_often_as_if_it_were_there_so_often(times: list[int]) -> None:
    """The bootstrap's weights and a set with copied pictures score the same."""
    rows = [
        (found((A if n % 2 else C, 0.9 - n / 50), (B, 0.2 - n / 100)), boxes(A))
        for n in range(len(times))
    ]
    copied = [row for row, often in zip(rows, times, strict=True) for _ in range(often)]
    weighted = match(rows).average_precision(np.array(times))
    assert weighted == pytest.approx(match(copied).average_precision())


def test_intervals_hold_the_measured_value_and_narrow_with_more_pictures() -> None:
    """Ten times the pictures give a clearly narrower interval around the same value."""
    widths = []
    for pictures in (30, 300):
        matches = mixed(pictures)
        low, high = np.percentile(matches.resampled(0.4), [2.5, 97.5], axis=0)
        measured = np.array([matches.average_precision(), *matches.at(0.4)])
        assert (low <= measured).all()
        assert (measured <= high).all()
        widths.append(high - low)
    assert (widths[1] < widths[0] / 2).all()


def test_resampling_is_the_same_each_time() -> None:
    """So that two models meet the same draws, and a card can be checked."""
    assert (mixed(20).resampled(0.4) == mixed(20).resampled(0.4)).all()
