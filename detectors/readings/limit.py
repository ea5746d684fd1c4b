"""Owns the ``limit`` rule: an average outside its limits for long enough. Must not store state.

A spell opens when every window of an unbroken run was outside for ``lasts_s`` (and at least
``readings_min`` windows), and closes when every window of a run was inside, by the hysteresis,
for ``clears_s``. A window holding less than half its readings is not judged. The spell starts
with the first bad window of the run that opened it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Entry
from detectors.readings.columns import runs, trailing
from detectors.readings.judged import eligible, gap_ms, signal
from detectors.readings.state import NEVER_MS, LimitState
from detectors.types import Phase, Series, Signal

_WINDOW_SHARE = 0.5
Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def judge(
    entry: Entry,
    series: Series,
    state: LimitState | None,
    *,
    time_ms: Times,
    value: Floats,
    first: int,
) -> tuple[LimitState | None, list[Signal]]:
    """Judges rows from ``first`` on; rows before it only fill windows.

    Args:
        time_ms: sorted times of normal readings, tail and new, ``(n,)``.
    """
    keep = eligible(entry, series, time_ms)
    if keep is not None:
        first = int(keep[:first].sum())
        time_ms, value = time_ms[keep], value[keep]
    window_ms = int(entry.average_s * 1000)
    averages, count = trailing(entry.statistic, time_ms, value, first, window_ms)
    need = max(1, math.ceil(_WINDOW_SHARE * entry.average_s / series.interval_s))
    enough = count >= need
    time_ms, averages, count = time_ms[first:][enough], averages[enough], count[enough]
    if not len(time_ms):
        return state, []
    return _Walk(entry, series, state, time_ms=time_ms, averages=averages, count=count).run()


class _Walk:
    """One pass over judged windows; Python runs per spell, numpy per window."""

    def __init__(
        self,
        entry: Entry,
        series: Series,
        state: LimitState | None,
        *,
        time_ms: Times,
        averages: Floats,
        count: Times,
    ) -> None:
        self.entry, self.series = entry, series
        self.time, self.averages, self.count = time_ms, averages, count
        self.low = -math.inf if entry.low is None else entry.low
        self.high = math.inf if entry.high is None else entry.high
        self.was = state or LimitState(last_ms=NEVER_MS)
        self.outside = np.maximum(self.low - averages, averages - self.high)
        inside = (averages >= self.low + entry.hysteresis) & (
            averages <= self.high - entry.hysteresis
        )
        self.bad, self.good, gap = self.outside > 0, inside, gap_ms(series)
        was = self.was
        self.bad_from, self.bad_since, self.bad_n = runs(
            self.bad, time_ms, gap, carried=(was.bad_ms, was.bad_n, was.last_ms)
        )
        _, self.good_since, self.good_n = runs(
            self.good, time_ms, gap, carried=(was.good_ms, was.good_n, was.last_ms)
        )

    def run(self) -> tuple[LimitState | None, list[Signal]]:
        entry, was = self.entry, self.was
        lasted = self.time - self.bad_since >= entry.lasts_s * 1000
        many = self.bad_n >= entry.parameters["readings_min"]
        opens = np.flatnonzero(self.bad & lasted & many)
        clears = np.flatnonzero(self.good & (self.time - self.good_since >= entry.clears_s * 1000))
        signals: list[Signal] = []
        start_ms, worst, position, worst_from = was.start_ms, was.worst, 0, 0
        while True:
            turns = clears if start_ms != NEVER_MS else opens
            k = int(np.searchsorted(turns, position))
            if k == len(turns):
                break
            row = int(turns[k])
            if start_ms == NEVER_MS:
                start_ms, worst = int(self.bad_since[row]), self._run_worst(row)
                signals.append(self._opened(row, start_ms))
            else:
                worst = self._worst(worst, worst_from, row)
                signals.append(self._closed(row, start_ms, worst))
                start_ms = NEVER_MS
            position = worst_from = row + 1
        return self._left(start_ms, worst, worst_from), signals

    def _left(self, start_ms: int, worst: float, worst_from: int) -> LimitState | None:
        end = len(self.time) - 1
        bad, good = bool(self.bad[end]), bool(self.good[end])
        if start_ms != NEVER_MS:
            worst = self._worst(worst, worst_from, end)
        elif bad:
            worst = self._run_worst(end)
        else:
            return None
        return LimitState(
            last_ms=int(self.time[end]),
            bad_ms=int(self.bad_since[end]) if bad else NEVER_MS,
            bad_n=int(self.bad_n[end]) if bad else 0,
            good_ms=int(self.good_since[end]) if good else NEVER_MS,
            good_n=int(self.good_n[end]) if good else 0,
            start_ms=start_ms,
            worst=worst,
        )

    def _run_worst(self, row: int) -> float:
        """The worst of the bad run that ``row`` belongs to."""
        since = int(self.bad_from[row])
        carried = self.bad_since[row] < self.time[since]
        worst = self.was.worst if carried else float(self.averages[since])
        return self._worst(worst, since, row)

    def _worst(self, worst: float, start: int, end: int) -> float:
        """The value farthest outside: ``worst`` or one of rows ``start`` to ``end``."""
        if end < start:
            return worst
        row = start + int(np.argmax(self.outside[start : end + 1]))
        further = self.outside[row] > max(self.low - worst, worst - self.high)
        return float(self.averages[row]) if further else worst

    def _opened(self, row: int, start_ms: int) -> Signal:
        at_ms = int(self.time[row])
        inputs = {
            self.entry.statistic: float(self.averages[row]),
            "window_readings": float(self.count[row]),
            "bad_windows": float(self.bad_n[row]),
            "bad_for_s": (at_ms - start_ms) / 1000,
        }
        return self._signal(Phase.OPENED, start_ms, at_ms, inputs[self.entry.statistic], inputs)

    def _closed(self, row: int, start_ms: int, worst: float) -> Signal:
        at_ms = int(self.time[row])
        inputs = {
            self.entry.statistic: float(self.averages[row]),
            "window_readings": float(self.count[row]),
            "good_windows": float(self.good_n[row]),
            "good_for_s": (at_ms - int(self.good_since[row])) / 1000,
            "spell_s": (at_ms - start_ms) / 1000,
            "worst": worst,
        }
        return self._signal(Phase.CLOSED, start_ms, at_ms, worst, inputs)

    def _signal(
        self, phase: Phase, start_ms: int, at_ms: int, value: float, inputs: dict[str, float]
    ) -> Signal:
        entry = self.entry
        fixed = {
            "average_s": entry.average_s,
            "lasts_s": entry.lasts_s,
            "clears_s": entry.clears_s,
            "hysteresis": entry.hysteresis,
        }
        return signal(
            entry,
            self.series,
            phase,
            start_ms=start_ms,
            at_ms=at_ms,
            value=value,
            inputs=inputs | fixed,
        )


def expire(entry: Entry, series: Series, state: LimitState, at_ms: int) -> list[Signal]:
    """Ends an open spell at a moment from which its entry does not hold."""
    if state.start_ms == NEVER_MS:
        return []
    spell_s = (at_ms - state.start_ms) / 1000
    inputs = {"spell_s": spell_s, "worst": state.worst, "out_of_force": 1.0}
    return [
        signal(
            entry,
            series,
            Phase.CLOSED,
            start_ms=state.start_ms,
            at_ms=at_ms,
            value=state.worst,
            inputs=inputs,
        )
    ]
