"""Opening hours as people write them, and back to the one text that stands for them."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.types import OpeningHours
from pipelines.registry.hours import format_hours, parse_hours

WRITTEN = {
    "Mon-Sun 06:00-22:00": "Mon-Sun 06:00-22:00",
    "mon-sun 6:00 - 22:00": "Mon-Sun 06:00-22:00",
    "Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00": (
        "Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00"
    ),
    "Mon-Fri 08:00-12:00，14:00-18:00；Sat 09:00-12:00": (
        "Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00"
    ),
    "Mon-Sun 00:00-24:00": "always",
    "closed": "closed",
    "Sat-Mon 10:00-11:00": "Mon 10:00-11:00; Sat-Sun 10:00-11:00",
    "Fri 22:00-02:00": "Fri 22:00-24:00; Sat 00:00-02:00",
    "Mon 08:00-10:00,10:00-12:00": "Mon 08:00-12:00",
    "Mon 08:00-10:00 @ Asia/Tokyo": "Mon 08:00-10:00 @ Asia/Tokyo",
}
WRONG = {
    "Mon": "no span", "Mon 8-10": "no span", "Mon 08:60-10:00": "no span",
    "Mon 25:00-26:00": "no span", "Mon 08:00-08:00": "no span", "Xyz 08:00-10:00": "no day",
    "": "no hours", "Mon 08:00-10:00,09:00-11:00": "overlap", "always @ Mars/Base": "no time zone",
}  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), WRITTEN.items())
def test_hours_are_read_and_written(text: str, canonical: str) -> None:
    assert format_hours(parse_hours(text)) == canonical


@pytest.mark.parametrize(("text", "wrong"), WRONG.items())
def test_wrong_hours_are_named(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_hours(text)


MINUTES = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)


def _spans(minutes: list[int]) -> tuple[tuple[int, int], ...]:
    pairs = zip(minutes[::2], minutes[1::2], strict=False)
    return tuple(pairs)


@given(st.lists(MINUTES.map(_spans), min_size=7, max_size=7))
def test_any_week_comes_back(spans: list[tuple[tuple[int, int], ...]]) -> None:
    hours = OpeningHours(spans=tuple(spans))
    assert parse_hours(format_hours(hours)) == hours


def test_a_closed_day_is_shut_whatever_the_week_says() -> None:
    hours = msgspec.structs.replace(parse_hours("always"), closed_days=(dt.date(2026, 3, 1),))
    first_ms = 1_772_294_400_000  # 2026-03-01 in Shanghai
    around = np.array([first_ms - 1, first_ms, first_ms + 86_399_999, first_ms + 86_400_000])
    assert hours.open_at(around).tolist() == [True, False, False, True]
