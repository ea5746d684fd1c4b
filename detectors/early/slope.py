"""Owns the straight line through equally spaced means, and what follows from it. Must not judge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """Least squares through ``n`` points.

    Attributes:
        level: the line's value at the last point.
        slope: change from one position to the next.
        fit: share of variance explained (R squared), 0 to 1.
        error: standard error of the slope.
        spread: standard deviation of the points around the line.
    """

    level: float
    slope: float
    fit: float
    error: float
    spread: float
    n: int


def line(places: Sequence[int], values: Sequence[float]) -> Line:
    """Fits the line; ``places`` are positions on the grid, ascending, gaps allowed.

    Raises:
        ValueError: fewer than three points.
    """
    n = len(values)
    if n < _LEAST:
        raise ValueError(f"a line through {n} points says nothing")
    mean_x, mean_y = sum(places) / n, sum(values) / n
    xx = xy = yy = 0.0
    for place, value in zip(places, values, strict=True):
        dx, dy = place - mean_x, value - mean_y
        xx += dx * dx
        xy += dx * dy
        yy += dy * dy
    slope = xy / xx
    rest = max(yy - slope * xy, 0.0)
    return Line(
        level=mean_y + slope * (places[-1] - mean_x),
        slope=slope,
        fit=1.0 - rest / yy if yy > 0 else 0.0,
        error=math.sqrt(rest / (n - 2) / xx),
        spread=math.sqrt(rest / (n - 2)),
        n=n,
    )


def steps_to(fitted: Line, low: float | None, high: float | None) -> float:
    """Steps until the line leaves the limits; 0 when it is outside, infinity when it never does."""
    if (low is not None and fitted.level < low) or (high is not None and fitted.level > high):
        return 0.0
    if fitted.slope < 0 and low is not None:
        return (low - fitted.level) / fitted.slope
    if fitted.slope > 0 and high is not None:
        return (high - fitted.level) / fitted.slope
    return math.inf


_LEAST = 3
