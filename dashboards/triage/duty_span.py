"""Owns the period of a page: two days, both in it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dashboards.triage.pages import ZONE

_DAY, LONGEST_DAYS, USUAL_DAYS = dt.timedelta(days=1), 366, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Epoch ms, ``to_ms`` exclusive; ``right``: the days were given right, or not at all."""

    first: dt.date
    last: dt.date
    from_ms: int
    to_ms: int
    right: bool


def span_of(since: str, until: str, now_ms: int) -> Span:
    """The period named; where it cannot be, the usual one up to today."""
    today = dt.datetime.fromtimestamp(now_ms / 1000, ZONE).date()
    usual = today - USUAL_DAYS * _DAY
    try:
        last = dt.date.fromisoformat(until) if until else today
        first = dt.date.fromisoformat(since) if since else last - USUAL_DAYS * _DAY
        right = first <= last and (last - first).days <= LONGEST_DAYS and last.year > 1970  # noqa: PLR2004
        from_ms, to_ms = _midnight(first), _midnight(last + _DAY)
    except (ValueError, OverflowError):
        right = False
    if not right:
        first, last, from_ms, to_ms = usual, today, _midnight(usual), _midnight(today + _DAY)
    return Span(first=first, last=last, from_ms=from_ms, to_ms=to_ms, right=right)


def _midnight(day: dt.date) -> int:
    return round(dt.datetime.combine(day, dt.time(), ZONE).timestamp() * 1000)
