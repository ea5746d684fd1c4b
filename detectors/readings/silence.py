"""Owns the ``silence`` rule: no reading for too long while one is expected. Must not judge values.

Too long is ``intervals`` times the series' interval, at least ``lasts_s``. With ``when = "open"``
only one stretch of open time counts. Readings of any flag break a silence. The spell starts with
the last reading heard and closes with the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.judged import longest_ms, signal
from detectors.readings.state import NEVER_MS
from detectors.types import Phase, Series, Signal

_MINUTE_MS = 60_000
_SEARCH_MINUTES = 8 * 1440  # every open span of a week begins within this


def deadline_ms(entry: Entry, series: Series, last_ms: int) -> int:
    """The moment silence after ``last_ms`` is established; ``FAR_MS`` if never expected."""
    longest = longest_ms(entry, series)
    if entry.when == "always":
        return last_ms + longest
    grid = last_ms + np.arange(_SEARCH_MINUTES, dtype=np.int64) * _MINUTE_MS
    grid[1:] -= grid[1:] % _MINUTE_MS  # hours change on whole minutes
    is_open = series.hours.open_at(grid)
    shut = np.flatnonzero(~is_open)
    since = np.maximum.accumulate(np.where(is_open, -1, np.arange(len(grid)))) + 1
    if not len(shut):
        return last_ms + longest
    from_ms = grid[np.minimum(since, len(grid) - 1)]
    ends = np.append(grid[1:], grid[-1] + _MINUTE_MS)
    reached = np.flatnonzero(is_open & (ends - from_ms >= longest))
    return int(from_ms[reached[0]] + longest) if len(reached) else FAR_MS


def judge(
    entry: Entry,
    series: Series,
    start_ms: int,
    *,
    last_ms: int,
    times: NDArray[np.int64],
    watermark_ms: int,
) -> tuple[int, list[Signal]]:
    """Judges the gaps before, between and after new readings.

    Args:
        start_ms: of the open spell, ``NEVER_MS`` for none.
        last_ms: the last reading before ``times``, ``NEVER_MS`` for none.

    Returns:
        Start of the spell left open, ``NEVER_MS`` for none, and the signals.
    """
    signals = []
    if start_ms != NEVER_MS:
        if not len(times):
            if series.until_ms <= watermark_ms:  # nobody waits for it there any more
                return NEVER_MS, [_closed(entry, series, start_ms, series.until_ms)]
            return start_ms, []
        signals.append(_closed(entry, series, start_ms, int(times[0])))
        last_ms = int(times[0])
    heard = times if last_ms == NEVER_MS else np.concatenate([[last_ms], times])
    if not len(heard):
        return NEVER_MS, signals
    for row in np.flatnonzero(np.diff(heard) > longest_ms(entry, series)).tolist():
        begin, back = int(heard[row]), int(heard[row + 1])
        at_ms = _established_ms(entry, series, begin)
        if at_ms < back:
            signals.append(_opened(entry, series, begin, at_ms))
            signals.append(_closed(entry, series, begin, back))
    begin = int(heard[-1])
    if watermark_ms - begin >= longest_ms(entry, series):
        at_ms = _established_ms(entry, series, begin)
        if at_ms <= watermark_ms:
            return begin, [*signals, _opened(entry, series, begin, at_ms)]
    return NEVER_MS, signals


def _established_ms(entry: Entry, series: Series, last_ms: int) -> int:
    """When silence after a reading counts: not before its rule, nor where the device has gone."""
    at_ms = max(deadline_ms(entry, series, last_ms), entry.from_ms)
    return at_ms if entry.in_force(at_ms) and at_ms < series.until_ms else FAR_MS


def expire(entry: Entry, series: Series, start_ms: int, at_ms: int) -> list[Signal]:
    """Ends an open spell at a moment from which its entry does not hold."""
    return [_closed(entry, series, start_ms, at_ms)]


def _opened(entry: Entry, series: Series, start_ms: int, at_ms: int) -> Signal:
    return _signal(entry, series, Phase.OPENED, start_ms, at_ms)


def _closed(entry: Entry, series: Series, start_ms: int, at_ms: int) -> Signal:
    return _signal(entry, series, Phase.CLOSED, start_ms, at_ms)


def _signal(entry: Entry, series: Series, phase: Phase, start_ms: int, at_ms: int) -> Signal:
    silent_s = (at_ms - start_ms) / 1000
    inputs = {
        "last_reading_ms": start_ms,
        "silent_s": silent_s,
        "interval_s": series.interval_s,
        "intervals": entry.parameters["intervals"],
        "longest_s": longest_ms(entry, series) / 1000,
    }
    return signal(
        entry, series, phase, start_ms=start_ms, at_ms=at_ms, value=silent_s, inputs=inputs
    )
