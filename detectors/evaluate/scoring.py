"""Owns the methods of scoring: NAB's own, and F1 over rows and over events. Must not detect."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from detectors.evaluate.labelled import Floats, Labelled, Rows, Span, spans_of

_PROBATION_SHARE = 0.15
_PROBATION_OF = 5000
_FALSE_POSITIVE = 0.11  # NAB's standard profile; a hit and a miss weigh 1


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector came to on one file, or on several together.

    Attributes:
        gained: NAB's raw score; its worst is ``-windows``, its best ``windows``.
        alarms: runs of alarmed rows; ``false_alarms`` those outside every window.
        found: windows in which there was an alarm.
        delays_s: from the start of each found window to its first alarm.
        hit_rows, false_rows, missed_rows: rows alarmed in and out of windows, and not alarmed in.
    """

    windows: int = 0
    found: int = 0
    alarms: int = 0
    false_alarms: int = 0
    hit_rows: int = 0
    false_rows: int = 0
    missed_rows: int = 0
    gained: float = 0.0
    sensor_days: float = 0.0
    delays_s: tuple[float, ...] = ()


def tally(one: Labelled, alarmed: Rows) -> Tally:
    """Counts a file's alarms from its first scored row on."""
    alarmed = alarmed.copy()
    alarmed[: one.first] = False
    truth = one.truth
    truth[: one.first] = False
    windows = [span for span in one.windows if span[1] >= one.first]
    alarms = spans_of(alarmed)
    first = {span: _first_in(alarmed, span) for span in windows}
    delays = [float(one.time_s[at] - one.time_s[s[0]]) for s, at in first.items() if at is not None]
    return Tally(
        windows=len(windows),
        found=len(delays),
        alarms=len(alarms),
        false_alarms=sum(not truth[start : end + 1].any() for start, end in alarms),
        hit_rows=int((alarmed & truth).sum()),
        false_rows=int((alarmed & ~truth).sum()),
        missed_rows=int((~alarmed & truth).sum()),
        sensor_days=one.sensor_days,
        delays_s=tuple(delays),
    )


def together(tallies: Sequence[Tally]) -> Tally:
    """The sum of several files."""
    return Tally(
        windows=sum(t.windows for t in tallies),
        found=sum(t.found for t in tallies),
        alarms=sum(t.alarms for t in tallies),
        false_alarms=sum(t.false_alarms for t in tallies),
        hit_rows=sum(t.hit_rows for t in tallies),
        false_rows=sum(t.false_rows for t in tallies),
        missed_rows=sum(t.missed_rows for t in tallies),
        gained=sum(t.gained for t in tallies),
        sensor_days=sum(t.sensor_days for t in tallies),
        delays_s=tuple(delay for t in tallies for delay in t.delays_s),
    )


def row_f1(of: Tally) -> float:
    """F1 over rows; 1 where there was nothing to find and nothing was found."""
    total = 2 * of.hit_rows + of.false_rows + of.missed_rows
    return 2 * of.hit_rows / total if total else 1.0


def event_f1(of: Tally) -> float:
    """F1 over events: alarms that touch a window, windows that an alarm touches."""
    if not of.alarms and not of.windows:
        return 1.0
    precision = (of.alarms - of.false_alarms) / of.alarms if of.alarms else 0.0
    recall = of.found / of.windows if of.windows else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def nab_score(of: Tally) -> float:
    """NAB's normalised score: 100 is perfect, 0 a detector that never alarms, less is worse."""
    return 100 * (of.gained + of.windows) / (2 * of.windows) if of.windows else math.nan


def nab_probation(rows: int) -> int:
    """Rows at the start of a series in which nothing counts."""
    return math.floor(_PROBATION_SHARE * min(rows, _PROBATION_OF))


def nab_gained(rows: int, windows: Sequence[Span], alarms: Sequence[int]) -> float:
    """NAB's raw score of one series in the standard profile.

    In a window the earliest alarm counts, the more the earlier; a missed window costs 1; an alarm
    outside costs up to 0.11, less soon after a window. (Lavin and Ahmad 2015; NAB's sweeper.py.)
    """
    best = dict.fromkeys(windows, -1.0)
    lost = 0.0
    for at in alarms:
        if at < nab_probation(rows):
            continue
        span = next((w for w in windows if w[0] <= at <= w[1]), None)
        if span is not None:
            place = -(span[1] - at + 1) / (span[1] - span[0] + 1)
            best[span] = max(best[span], _sigmoid(place) / _sigmoid(-1.0))
            continue
        before = [w for w in windows if w[1] < at]
        if not before:
            lost -= _FALSE_POSITIVE
            continue
        start, end = before[-1]
        lost += _FALSE_POSITIVE * _sigmoid((at - end) / max(end - start, 1))
    return sum(best.values()) + lost


def spaced(scores: Floats, threshold: float, *, spacing: int, share: float) -> Rows:
    """Alarms where the score reaches the threshold, none sooner after one than the spacing."""
    alarmed = np.zeros(len(scores), np.bool_)
    last = -math.inf
    for at in np.flatnonzero(scores >= threshold).tolist():
        if at - last >= max(spacing, share * at):
            alarmed[at] = True
            last = at
    return alarmed


def _sigmoid(place: float) -> float:
    return -1.0 if place > 3 else 2 / (1 + math.exp(5 * place)) - 1  # noqa: PLR2004  as NAB does


def _first_in(alarmed: Rows, span: Span) -> int | None:
    inside = np.flatnonzero(alarmed[span[0] : span[1] + 1])
    return span[0] + int(inside[0]) if len(inside) else None
