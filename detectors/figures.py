"""Owns how figures and moments are written in sentences. Must not know rules."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Shanghai")
Sentences = tuple[tuple[str, str], ...]  # (zh, en) pairs


def number(value: float) -> str:
    """A measured value, four figures."""
    return f"{value:.4g}"


def clock(time_ms: int) -> str:
    """A moment in Wucheng."""
    return dt.datetime.fromtimestamp(time_ms / 1000, _ZONE).strftime("%Y-%m-%d %H:%M:%S")
