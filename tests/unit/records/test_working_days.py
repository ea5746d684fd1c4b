"""Working days of the People's Republic, against what the State Council published."""

from __future__ import annotations

import datetime as dt

import pytest

from detectors.figures import clock
from pipelines.records.working_days import ZONE, day_of, due_after, is_working, release_needed


def _ms(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        ("2026-11-24 09:00", "2026-11-26 23:59:59"),  # Tuesday: Thursday
        ("2026-11-20 17:00", "2026-11-24 23:59:59"),  # Friday: over the weekend
        ("2026-11-21 10:00", "2026-11-24 23:59:59"),  # Saturday
        ("2025-01-26 10:00", "2025-02-05 23:59:59"),  # a Sunday worked: 27 January, then the feast
        ("2025-01-27 10:00", "2025-02-06 23:59:59"),  # the last day before the Spring Festival
        ("2025-02-07 23:59", "2025-02-10 23:59:59"),  # Saturday 8 February was worked
        ("2025-09-26 10:00", "2025-09-29 23:59:59"),  # Sunday 28 September was worked
        ("2025-09-30 10:00", "2025-10-10 23:59:59"),  # National Day and mid-autumn
        ("2025-10-09 00:00", "2025-10-11 23:59:59"),  # Saturday 11 October was worked
    ],
)
def test_two_working_days(ended: str, due: str) -> None:
    """AV-23: weekends and feasts do not count, the Saturdays and Sundays worked for them do."""
    found = due_after(_ms(ended), 2)
    assert clock(found.due_ms) == due
    assert found.unknown_years == ()


def test_the_day_is_that_of_beijing() -> None:
    """AV-23: 16:30 UTC is the next day already."""
    assert day_of(_ms("2026-11-25 00:30")) == dt.date(2026, 11, 25)


def test_an_unknown_year_is_counted_by_weekdays_and_told() -> None:
    """AV-23: 2099 has no plan yet; the answer says that it is a guess and what to install."""
    found = due_after(_ms("2099-06-05 10:00"), 2)
    assert dt.date(2099, 6, 5).weekday() == 4
    assert clock(found.due_ms) == "2099-06-09 23:59:59"
    assert found.unknown_years == (2099,)
    assert is_working(dt.date(2099, 6, 6)) == (False, False)
    assert "chinesecalendar" in release_needed(2099)
