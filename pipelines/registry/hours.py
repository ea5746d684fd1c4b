"""Owns opening hours as people write them: ``Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00``.

``always`` and ``closed`` stand for the whole week and for none of it. Hours past midnight
(``22:00-02:00``) are taken, and written back as what they are: the end of one day, the start of
the next.
"""

from __future__ import annotations

import re
from itertools import groupby
from zoneinfo import available_timezones

from detectors.types import OpeningHours

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 1440
HOME = "Asia/Shanghai"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_WEEK = len(DAYS)
_LAST_MINUTE = 59


def parse_hours(text: str) -> OpeningHours:
    """Reads hours as people write them.

    Raises:
        ValueError: what is wrong, in words.
    """
    week, _, zone = (part.strip() for part in text.partition("@"))
    if zone and zone not in available_timezones():
        raise ValueError(f"there is no time zone {zone}")
    days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    if week.lower() == "always":
        days = [[(0, DAY)] for _ in DAYS]
    elif week.lower() != "closed":
        for part in filter(None, (part.strip() for part in re.split("[;；]", week))):
            _add(days, part)
        if not any(days):
            raise ValueError("no hours")
    return OpeningHours(spans=tuple(_joined(spans) for spans in days), zone=zone or HOME)


def format_hours(hours: OpeningHours) -> str:
    """Writes hours so that ``parse_hours`` reads the same; one text for one week."""
    end = "" if hours.zone == HOME else f" @ {hours.zone}"
    if not any(hours.spans):
        return "closed" + end
    if all(spans == ((0, DAY),) for spans in hours.spans):
        return "always" + end
    parts = []
    for spans, group in groupby(range(_WEEK), key=lambda day: hours.spans[day]):
        days = list(group)
        if spans:
            name = DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
            parts.append(f"{name} {','.join(f'{_clock(a)}-{_clock(b)}' for a, b in spans)}")
    return "; ".join(parts) + end


def _add(days: list[list[tuple[int, int]]], part: str) -> None:
    name, _, spans = part.partition(" ")
    for day in _days(name):
        for span in re.split("[,，]", spans):
            start, end = _minutes(span.strip())
            if end > start:
                days[day].append((start, end))
            else:  # past midnight
                days[day].append((start, DAY))
                if end:
                    days[(day + 1) % _WEEK].append((0, end))


def _days(name: str) -> list[int]:
    first, _, last = name.partition("-")
    known = {day.lower(): number for number, day in enumerate(DAYS)}
    ends = [known.get(day.lower()) for day in (first, last or first)]
    if ends[0] is None or ends[1] is None:
        raise ValueError(f"{name!r} is no day or range of days")
    count = (ends[1] - ends[0]) % _WEEK + 1
    return [(ends[0] + n) % _WEEK for n in range(count)]


def _minutes(span: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f"{span!r} is no span of hours")
    h1, m1, h2, m2 = (int(part) for part in match.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if max(m1, m2) > _LAST_MINUTE or start >= DAY or end > DAY or start == end:
        raise ValueError(f"{span!r} is no span of hours")
    return start, end


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            raise ValueError(f"hours overlap at {_clock(start)}")
        if found and start == found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
