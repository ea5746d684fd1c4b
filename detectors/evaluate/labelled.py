"""Owns the shape of a labelled file, and the errors of reading one. Must not score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]
Span = tuple[int, int]


class Unscorable(ValueError):
    """The folder cannot be scored. The text says what was looked for and where."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """One file: ``n`` rows of ``k`` sensors.

    Attributes:
        time_s: float64 ``(n,)``, seconds; ascending.
        values: float64 ``(n, k)``; NaN where missing.
        judged: columns that the shipped scorer looks at; the baseline looks at all.
        windows: first and last row of each labelled stretch, in order, not overlapping.
        first: the first row that is scored; those before only warm up.
    """

    name: str
    time_s: Floats
    values: Floats
    judged: tuple[int, ...]
    windows: tuple[Span, ...]
    first: int = 0

    @property
    def step_s(self) -> float:
        """The usual time between two rows."""
        return float(np.median(np.diff(self.time_s))) if len(self.time_s) > 1 else 1.0

    @property
    def sensor_days(self) -> float:
        """Scored rows as days, times the sensors judged."""
        return (len(self.time_s) - self.first) * self.step_s / 86_400 * self.sensors

    @property
    def sensors(self) -> int:
        """How many are judged."""
        return len(self.judged)

    @property
    def truth(self) -> Rows:
        """Which rows lie in a window, bool ``(n,)``."""
        marked = np.zeros(len(self.time_s), np.bool_)
        for start, end in self.windows:
            marked[start : end + 1] = True
        return marked


def spans_of(marked: Rows) -> tuple[Span, ...]:
    """Runs of true as (first, last)."""
    edges = np.diff(np.concatenate([[0], marked.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return tuple(zip(starts.tolist(), ends.tolist(), strict=True))


def files_in(path: Path, *suffixes: str) -> list[Path]:
    """Every file below a folder (or the file itself) with one of these endings, sorted.

    Raises:
        Unscorable: there is no such path.
    """
    if not path.exists():
        raise Unscorable(f"{path} does not exist")
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(suffixes))
