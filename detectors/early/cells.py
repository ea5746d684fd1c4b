"""Owns gathering values into cells of a fixed time grid. Must not judge.

A cell is half open, ``[start, start + width)``. It closes once time has passed its end, never by a
count of rows: so it holds the same rows however they were cut into calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class OpenCell(msgspec.Struct, frozen=True, array_like=True):
    """What the newest cell has gathered.

    Attributes:
        place: number of the cell on the grid; -1 before the first value.
        total: sum of its values.
        n: how many.
    """

    place: int = -1
    total: float = 0.0
    n: int = 0


class Cell(NamedTuple):
    """A closed cell that held at least one value."""

    place: int
    mean: float
    n: int


def gather(
    cell: OpenCell,
    times_ms: Sequence[int],
    values: Sequence[float],
    *,
    width_ms: int,
    until_ms: int,
    offset_ms: int = 0,
) -> tuple[OpenCell, list[Cell]]:
    """Adds values in order of time, and closes every cell that ends at or before ``until_ms``.

    Sums run value by value: pairwise summation would depend on where the calls were cut.

    Args:
        offset_ms: moves the grid, e.g. by 8 h for days of Asia/Shanghai.

    Returns:
        The cell still open, and those that closed; cells without values are left out.
    """
    place, total, n = cell.place, cell.total, cell.n
    closed: list[Cell] = []
    for time_ms, value in zip(times_ms, values, strict=True):
        at = (time_ms + offset_ms) // width_ms
        if at != place:
            if n:
                closed.append(Cell(place, total / n, n))
            place, total, n = at, 0.0, 0
        total += value
        n += 1
    if n and end_ms(place, width_ms, offset_ms) <= until_ms:
        closed.append(Cell(place, total / n, n))
        total, n = 0.0, 0
    return OpenCell(place, total, n), closed


def end_ms(place: int, width_ms: int, offset_ms: int = 0) -> int:
    """The moment the cell of this number is over."""
    return (place + 1) * width_ms - offset_ms
