"""Owns which rows a rule may judge and how a signal is filled in. Must not decide breaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Entry
from detectors.types import Phase, Series, Signal

# A run of readings is unbroken while they follow each other within this many intervals.
_GAP_INTERVALS = 3.0


def eligible(entry: Entry, series: Series, time_ms: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Rows in force and, where the entry says so, in open hours; None when that is every row."""
    keep = None
    if len(time_ms) and not (entry.from_ms <= time_ms[0] and time_ms[-1] < entry.to_ms):
        keep = (time_ms >= entry.from_ms) & (time_ms < entry.to_ms)
    if entry.when == "open":
        is_open = series.hours.open_at(time_ms)
        keep = is_open if keep is None else keep & is_open
    return None if keep is None or keep.all() else keep


def longest_ms(entry: Entry, series: Series) -> int:
    """The longest time between readings that is not yet silence."""
    return int(1000 * max(entry.lasts_s, entry.parameters["intervals"] * series.interval_s))


def gap_ms(series: Series) -> float:
    """Longest time between two readings of an unbroken run."""
    return series.interval_s * 1000 * _GAP_INTERVALS


def signal(
    entry: Entry,
    series: Series,
    phase: Phase,
    *,
    start_ms: int,
    at_ms: int,
    value: float,
    inputs: dict[str, float],
    unit: str | None = None,
) -> Signal:
    """A signal of this entry about this series; times in ``inputs`` are epoch milliseconds."""
    return Signal(
        phase=phase,
        rule_id=entry.id,
        rule_version=entry.version,
        severity=entry.severity,
        party_id=series.party_id,
        site_id=series.site_id,
        place=series.place,
        subject=series.device_id,
        start_ms=int(start_ms),
        at_ms=int(at_ms),
        unit=entry.unit if unit is None else unit,
        value=float(value),
        low=entry.low,
        high=entry.high,
        series_id=series.series_id,
        staged=entry.staged,
        inputs={name: float(number) for name, number in inputs.items()},
    )
