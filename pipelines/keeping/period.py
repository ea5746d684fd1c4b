"""Owns lengths of time by the calendar. Must not know what is kept."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from zoneinfo import ZoneInfo

import msgspec

_PERIOD = re.compile(r"(\d+) (day|month|year)s?")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MONTHS = 12


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """So many days, or so many months of the calendar."""

    days: int = 0
    months: int = 0

    def after(self, from_ms: int, zone: ZoneInfo) -> int:
        """The moment that lies this period after another: same local time, the last day of a
        shorter month where the day is not in it."""
        moment = (_EPOCH + dt.timedelta(milliseconds=from_ms)).astimezone(zone)
        month = moment.year * _MONTHS + moment.month - 1 + self.months
        year, month = month // _MONTHS, month % _MONTHS + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        then = moment.replace(year=year, month=month, day=day) + dt.timedelta(days=self.days)
        return (then.astimezone(dt.UTC) - _EPOCH) // dt.timedelta(milliseconds=1)

    @property
    def about_days(self) -> float:
        """Its length in days, for comparisons with what is measured."""
        return self.days + self.months * 365.2425 / _MONTHS


def period(text: str) -> Period:
    """Reads ``30 days``, ``6 months`` or ``10 years``.

    Raises:
        ValueError: it is none of these.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no period: write 30 days, 6 months or 10 years")
    number, unit = int(found[1]), found[2]
    if unit == "day":
        return Period(days=number)
    return Period(months=number * (_MONTHS if unit == "year" else 1))
