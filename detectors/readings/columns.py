"""Owns ordering and cutting columns of readings. Must not know rules."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from detectors.types import Readings

# Rows of a window matrix are judged in blocks of at most this many numbers (8 MB).
_BLOCK = 1_000_000


def ordered(rows: Readings) -> tuple[Readings, NDArray[np.int32]]:
    """Sorts by (series, time) and keeps one reading of each.

    Of several at one moment the first by (flag, value) is kept, whatever order they came in.

    Returns:
        The rows kept, and the series id of every row dropped.
    """
    time, series = rows.time_ms, rows.series
    if not _sorted(series, time):
        order = np.lexsort((time, series))
        rows = _take(rows, order)
        time, series = rows.time_ms, rows.series
    same = (series[1:] == series[:-1]) & (time[1:] == time[:-1])
    if not same.any():
        return rows, np.zeros(0, np.int32)
    rows = _take(rows, np.lexsort((rows.value, rows.flag, time, series)))
    drop = np.concatenate([[False], same])
    return rows.where(~drop), rows.series[drop]


def spans(series: NDArray[np.int32]) -> Iterator[tuple[int, int, int]]:
    """Of a sorted column: each series id with its first and one-past-last row."""
    if not len(series):
        return
    cuts = np.flatnonzero(series[1:] != series[:-1]) + 1
    starts = [0, *cuts.tolist()]
    ids = series[starts].tolist()
    yield from zip(ids, starts, [*starts[1:], len(series)], strict=True)


def trailing(
    statistic: str,
    time_ms: NDArray[np.int64],
    value: NDArray[np.float64],
    first: int,
    window_ms: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Median or mean over ``(t - window, t]`` for each row from ``first`` on; 0 gives values.

    Args:
        statistic: ``median`` or ``mean``.
        time_ms: sorted, ``(n,)``.
        value: ``(n,)``.

    Returns:
        Averages ``(n - first,)`` and how many readings each window holds.
    """
    rows = np.arange(first, len(time_ms))
    if window_ms <= 0:
        return value[first:], np.ones(len(rows), np.int64)
    left = np.searchsorted(time_ms, time_ms[first:] - window_ms, side="right")
    count = rows - left + 1
    of = _medians if statistic == "median" else _means
    widest = int(count.max(initial=1))
    height = max(1, _BLOCK // widest)
    parts = [
        of(value, rows[i : i + height], count[i : i + height]) for i in range(0, len(rows), height)
    ]
    return np.concatenate(parts) if parts else np.zeros(0), count


def _means(
    value: NDArray[np.float64], rows: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Each window added up on its own, oldest first: the same however rows were cut."""
    back = np.arange(int(count.max()))
    window = value[np.maximum(rows[:, None] - back, 0)]
    window[back >= count[:, None]] = 0.0
    return np.asarray(np.cumsum(window[:, ::-1], axis=1)[:, -1] / count)


def _medians(
    value: NDArray[np.float64], rows: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    back = np.arange(int(count.max()))
    window = value[np.maximum(rows[:, None] - back, 0)]
    window[back >= count[:, None]] = np.inf
    window.sort(axis=1)
    each = np.arange(len(rows))
    return np.asarray((window[each, (count - 1) // 2] + window[each, count // 2]) / 2)


def runs(
    flag: NDArray[np.bool_],
    time_ms: NDArray[np.int64],
    gap_ms: float,
    *,
    carried: tuple[int, int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Unbroken runs of true rows; a gap longer than ``gap_ms`` breaks one.

    Args:
        carried: first time, length and last time of the run before row 0; length 0 for none.

    Returns:
        For each row where ``flag`` holds: row the run starts at in these columns, time of its
        first member (before row 0 where it was carried) and members so far. Other rows: junk.
    """
    index = np.arange(len(flag))
    fresh = np.ones(len(flag), np.bool_)
    fresh[1:] = ~flag[:-1] | (np.diff(time_ms) > gap_ms)
    start = np.maximum.accumulate(np.where(flag & fresh, index, 0))
    since, members = time_ms[start], index - start + 1
    since_before, n_before, last_before = carried
    if n_before and len(flag) and flag[0] and time_ms[0] - last_before <= gap_ms:
        since = np.where(start == 0, since_before, since)
        members = np.where(start == 0, members + n_before, members)
    return start, since, members


def _sorted(series: NDArray[np.int32], time: NDArray[np.int64]) -> bool:
    up = series[1:] > series[:-1]
    level = (series[1:] == series[:-1]) & (time[1:] >= time[:-1])
    return bool((up | level).all())


def _take(rows: Readings, order: NDArray[np.intp]) -> Readings:
    return Readings(
        time_ms=rows.time_ms[order],
        series=rows.series[order],
        value=rows.value[order],
        flag=rows.flag[order],
    )
