"""Owns how unlike its own past the newest stretch of one series is. Must not judge.

The newest ``w`` values are compared with every earlier stretch of ``w`` values in memory that does
not overlap them; what counts is the distance to the nearest one (the "left discord" of the matrix
profile: Lu et al., KDD 2022). A distance is set against the mean and deviation of the distances so
far, and the windows' scores are averaged. What came before is repeated, scores low: a daily cycle,
a regular spike. Only values up to the newest are used.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Course(msgspec.Struct, frozen=True, array_like=True):
    """Mean and mean square of one window's distances so far; ``n`` of them."""

    n: int = 0
    mean: float = 0.0
    square: float = 0.0


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """How the newest stretch is scored.

    Attributes:
        windows: lengths of the stretches compared, in values.
        memory: how many earlier values are remembered.
        forget: weight of the newest distance in mean and deviation, once it is the smaller one.
        warm: distances needed before anything is scored.
        floor: least deviation of distances, as a share of their mean.
    """

    windows: tuple[int, ...]
    memory: int
    forget: float = 0.0005
    warm: int = 50
    floor: float = 0.2


class Found(msgspec.Struct, frozen=True):
    """The newest stretch: its score and, per window, distance, and mean and deviation before it."""

    score: float
    distances: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()


def nearest(values: Floats, window: int) -> float:
    """Root mean square distance of the last ``window`` values to the nearest earlier stretch.

    NaN when fewer than two stretches that overlap neither it nor each other fit.
    """
    n = len(values)
    if n < 3 * window:
        return math.nan
    newest = values[n - window :]
    count = n - 2 * window + 1
    total = np.zeros(count)
    for i in range(window):
        difference = values[i : i + count] - newest[i]
        difference *= difference
        total += difference
    return math.sqrt(float(total.min()) / window)


def weigh(
    model: Novelty, courses: tuple[Course, ...], distances: tuple[float, ...], *, least: float
) -> tuple[tuple[Course, ...], Found]:
    """Sets each window's distance against those before it.

    Args:
        least: smallest deviation that means anything, e.g. the probe's resolution.

    Returns:
        The courses with these distances in them, and the score (0 while any window is not warm).
    """
    ahead: list[Course] = []
    scores: list[float] = []
    deviations: list[float] = []
    for course, distance in zip(courses, distances, strict=True):
        if distance != distance:  # noqa: PLR0124  NaN: too little history
            ahead.append(course)
            continue
        spread = math.sqrt(max(course.square - course.mean * course.mean, 0.0))
        spread = max(spread, model.floor * course.mean, least)
        if course.n >= model.warm:
            scores.append((distance - course.mean) / spread)
            deviations.append(spread)
        n = course.n + 1
        weight = max(model.forget, 1 / n)
        ahead.append(
            Course(
                n,
                course.mean + weight * (distance - course.mean),
                course.square + weight * (distance * distance - course.square),
            )
        )
    if len(scores) < len(model.windows):
        return tuple(ahead), Found(0.0)
    means = tuple(course.mean for course in courses)
    found = Found(sum(scores) / len(scores), distances, means, tuple(deviations))
    return tuple(ahead), found


def scores(model: Novelty, values: Floats, *, least: float = 1e-9) -> Floats:
    """Scores a whole series, each value from those up to it; float64 ``(n,)``.

    The same figures as one ``nearest`` and ``weigh`` per value, with the distances updated from one
    value to the next instead of summed anew.
    """
    courses = (Course(),) * len(model.windows)
    columns = [_nearest_of_all(values, w, model.memory) for w in model.windows]
    result = np.zeros(len(values))
    for i, distances in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        courses, found = weigh(model, courses, distances, least=least)
        result[i] = found.score
    return result


def _nearest_of_all(values: Floats, window: int, memory: int) -> Floats:
    """``nearest`` at every value, over at most ``memory`` values."""
    n = len(values)
    result = np.full(n, np.nan)
    if n < 3 * window:
        return result
    centred = values - values[0]  # the expansion below cancels: keep its terms small
    stretches = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(centred, window))
    squares = (stretches**2).sum(axis=1)
    for end in range(3 * window - 1, n):
        newest = end - window + 1
        since = max(0, end + 1 - memory)
        earlier = slice(since, newest - window + 1)
        distance = squares[earlier] - 2 * (stretches[earlier] @ stretches[newest])
        result[end] = max(float(distance.min()) + squares[newest], 0.0)
    return np.sqrt(result / window)
