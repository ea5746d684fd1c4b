"""Owns the shape of a figure and its arithmetic. Must not measure anything."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``bench.json``.

    Attributes:
        ratio: how many times better than ``against``, or the share of the ceiling reached; of a
            duration it is ``against_value / value``, of a rate ``value / against_value``.
        n: rounds, or alerts for a percentile.
    """

    name: str
    value: float
    unit: str
    against: str
    against_value: float
    ratio: float
    n: int
    note: str


def rate_figure(
    name: str,
    rates: Sequence[float],
    *,
    unit: str,
    against: str,
    ceilings: Sequence[float],
    note: str,
) -> Figure:
    """A rate beside its ceiling: medians of interleaved rounds.

    Raises:
        ValueError: no rounds, or not as many of one as of the other.
    """
    if not rates or len(rates) != len(ceilings):
        raise ValueError(f"{name}: {len(rates)} rounds beside {len(ceilings)}")
    value, ceiling = statistics.median(rates), statistics.median(ceilings)
    spread = f"rounds {_listed(rates)} beside {_listed(ceilings)}"
    return Figure(
        name=name, value=rounded(value), unit=unit, against=against,
        against_value=rounded(ceiling), ratio=rounded(value / ceiling), n=len(rates),
        note=f"{note}; {spread}",
    )  # fmt: skip


def delay_figure(
    name: str,
    delays_ms: Sequence[float],
    *,
    against: str,
    floor_ms: Sequence[float],
    note: str,
) -> Figure:
    """The 95th percentile of delays beside that of the same work with next to no load."""
    value, floor = percentile(delays_ms, 95), percentile(floor_ms, 95)
    middle = f"p50 {percentile(delays_ms, 50):.0f} ms beside {percentile(floor_ms, 50):.0f} ms"
    return Figure(
        name=name, value=rounded(value), unit="ms", against=against, against_value=rounded(floor),
        ratio=rounded(floor / value), n=len(delays_ms), note=f"{note}; {middle}",
    )  # fmt: skip


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that at least ``share`` percent of all do not exceed (nearest rank).

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("a percentile of nothing")
    rank = -(-share * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]


def rounded(value: float) -> float:
    """Four significant digits: no measurement here is better than that."""
    return float(f"{value:.4g}")


def write(figures: Sequence[Figure], path: Path) -> None:
    """Writes ``bench.json``; figures of other names that the file holds stay."""
    new = {figure.name for figure in figures}
    old = msgspec.json.decode(path.read_bytes(), type=list[Figure]) if path.exists() else []
    whole = [*(figure for figure in old if figure.name not in new), *figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")


def _listed(values: Sequence[float]) -> str:
    return "/".join(f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in values)
