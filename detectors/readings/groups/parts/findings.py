"""Owns filling in the signals of rules over groups. Must not decide."""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal


def at_once(
    entry: Entry,
    series: Series,
    *,
    start_ms: int,
    at_ms: int,
    value: float,
    inputs: dict[str, float],
    bounds: tuple[float | None, float | None] | None = None,
) -> list[Signal]:
    """A spell that is over when it is found (a cycle, a day): opened and closed at one moment.

    Args:
        bounds: low and high, where the entry's own do not say what ``value`` was held against.
    """
    found = [
        signal(entry, series, phase, start_ms=start_ms, at_ms=at_ms, value=value, inputs=inputs)
        for phase in (Phase.OPENED, Phase.CLOSED)
    ]
    if bounds is None:
        return found
    low, high = bounds
    return [msgspec.structs.replace(one, low=low, high=high) for one in found]


def beyond(entry: Entry, value: float) -> float:
    """How far ``value`` is outside the entry's limits; negative inside."""
    below = -float("inf") if entry.low is None else entry.low - value
    above = -float("inf") if entry.high is None else value - entry.high
    return max(below, above)
