"""Owns where a site's local days begin. Must not judge."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from detectors.types import Series

DAY_MS = 86_400_000


def day_start_ms(series: Series, time_ms: int) -> int:
    """Midnight before or at a moment, in the site's zone (of fixed offset, as opening hours)."""
    offset = _offset_ms(series.hours.zone)
    return (time_ms + offset) // DAY_MS * DAY_MS - offset


@lru_cache(maxsize=64)
def _offset_ms(zone: str) -> int:
    offset = ZoneInfo(zone).utcoffset(dt.datetime(2020, 1, 1))  # noqa: DTZ001  fixed offsets only
    return 0 if offset is None else int(offset.total_seconds() * 1000)
