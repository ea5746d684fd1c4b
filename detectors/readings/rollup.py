"""Owns summing up by minute and hour: n, least, most, mean, 95th percentile, share in limits.

The percentile is the nearest rank: the least value that at least 95 % of the readings do not
exceed. Must not know when a bucket is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_SHANGHAI_MS = 8 * HOUR_MS
_SPARSE = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buckets:
    """One row a series and bucket, ``(m,)`` each, sorted by (slot, time).

    Attributes:
        time_ms: the bucket's start.
        within: share of readings within the limits; NaN where there are none.
    """

    slot: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    n: NDArray[np.int32]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    mean: NDArray[np.float64]
    p95: NDArray[np.float64]
    within: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.slot)

    def named(self, series_ids: NDArray[np.int32]) -> Buckets:
        """The same with series ids for slots."""
        return replace(self, slot=series_ids[self.slot].astype(np.int64))


_NO_TIMES, _NO_VALUES = np.zeros(0, np.int64), np.zeros(0)
NO_BUCKETS = Buckets(
    slot=_NO_TIMES,
    time_ms=_NO_TIMES,
    n=np.zeros(0, np.int32),
    lowest=_NO_VALUES,
    highest=_NO_VALUES,
    mean=_NO_VALUES,
    p95=_NO_VALUES,
    within=_NO_VALUES,
)


def buckets(
    slot: NDArray[np.int64],
    time_ms: NDArray[np.int64],
    value: NDArray[np.float64],
    *,
    width_ms: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> Buckets:
    """Sums up readings sorted by (slot, time), ``(n,)`` each.

    Args:
        low, high: by slot, the limits to count against; NaN for none.
    """
    begin = time_ms - time_ms % width_ms
    fresh = np.ones(len(slot), np.bool_)
    fresh[1:] = (slot[1:] != slot[:-1]) | (begin[1:] != begin[:-1])
    start = np.flatnonzero(fresh)
    if not len(start):
        return NO_BUCKETS
    count = np.diff(np.append(start, len(slot)))
    of = slot[start]
    by_value = _sorted_within(value, start, count)
    inside = (value >= low[slot]) & (value <= high[slot])
    share = np.add.reduceat(inside.astype(np.float64), start) / count
    return Buckets(
        slot=of,
        time_ms=begin[start],
        n=count.astype(np.int32),
        lowest=by_value[start],
        highest=by_value[start + count - 1],
        mean=np.add.reduceat(value, start) / count,
        p95=by_value[start + np.ceil(0.95 * count).astype(np.int64) - 1],
        within=np.where(np.isnan(low[of]), np.nan, share),
    )


def _sorted_within(
    value: NDArray[np.float64], start: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Each bucket's values in ascending order, where they are."""
    widest = int(count.max())
    if widest * len(count) > _SPARSE * len(value):  # few wide among many narrow: do not pad
        bucket = np.repeat(np.arange(len(start)), count)
        return np.asarray(value[np.lexsort((value, bucket))])
    filled = np.arange(widest) < count[:, None]
    padded = np.full(filled.shape, np.inf)
    padded[filled] = value
    padded.sort(axis=1)
    return np.asarray(padded[filled])


def hour_of(time_ms: int) -> int:
    """Start of the hour."""
    return time_ms - time_ms % HOUR_MS


def day_of(time_ms: int) -> int:
    """Start of the day in Wucheng (UTC+8, no summer time)."""
    return int(days_of(np.array([time_ms], np.int64))[0])


def days_of(time_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """``day_of`` of each."""
    local = time_ms + _SHANGHAI_MS
    return local - local % DAY_MS - _SHANGHAI_MS
