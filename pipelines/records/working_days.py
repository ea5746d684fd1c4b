"""Owns counting working days of the People's Republic: holidays and the weekends worked for them.

Must not know what the days are counted for. The calendar is the library ``chinesecalendar``, which
knows the years for which the State Council has published its plan. Of a year that it does not know
Mondays to Fridays are counted, and the answer says so: refusing to import a recording over a
calendar would lose it, and a wrong day can be approved by a leader.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5


class Due(NamedTuple):
    """The last moment of a time limit, epoch ms, and the years that the calendar does not know."""

    due_ms: int
    unknown_years: tuple[int, ...]


def is_working(day: dt.date) -> tuple[bool, bool]:
    """Whether people work on a day, and whether the calendar knows that."""
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < _SATURDAY, False


def due_after(event_ms: int, working_days: int) -> Due:
    """The end of the n-th working day after the day of an event, Beijing time."""
    day, left, unknown = day_of(event_ms), working_days, set[int]()
    while left:
        day += dt.timedelta(days=1)
        working, known = is_working(day)
        left -= working
        if not known:
            unknown.add(day.year)
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZONE)
    return Due(round(midnight.timestamp() * 1000) - 1, tuple(sorted(unknown)))


def day_of(time_ms: int) -> dt.date:
    """The day of a moment, Beijing time."""
    return dt.datetime.fromtimestamp(time_ms / 1000, ZONE).date()


def release_needed(year: int) -> str:
    """What to do about a year that the calendar does not know."""
    return (
        f"the calendar of working days does not know {year}; install a release of chinesecalendar "
        f"that holds the State Council's plan for {year}"
    )
