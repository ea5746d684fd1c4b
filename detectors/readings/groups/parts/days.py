"""Owns where a site's local days begin. Must not judge."""

from __future__ import annotations

from detectors.types import Series

DAY_MS = 86_400_000


def day_start_ms(series: Series, time_ms: int) -> int:
    """Midnight before or at a moment, in the site's zone (of fixed offset, as opening hours)."""
    offset = series.hours.offset_ms()
    return (time_ms + offset) // DAY_MS * DAY_MS - offset
