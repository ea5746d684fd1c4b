"""When a clock ends: over holidays, year ends, make-up working days and pauses."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clocks.due import Pause, due, next_ms, tellings
from pipelines.clocks.kinds import DAY_MS, HOUR_MS, Terms, load
from pipelines.records.working_days import ZONE, day_of, is_working

MODEL = load().at("decision", 1_772_416_800_000)
YEAR_2026_MS = 1_767_200_400_000


def terms(length: str, rest: str = "stays") -> Terms:
    """Terms of a length; all else as the decision's."""
    return msgspec.convert(
        msgspec.to_builtins(MODEL) | {"length": length, "rest": rest, "bound": False}, Terms
    )


def at(text: str) -> int:
    """Beijing time as epoch milliseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def ends(day: str) -> int:
    """The last millisecond of a day."""
    return at(f"{day}T23:59:59") + 999


@pytest.mark.parametrize(
    ("length", "rest", "begins", "ends_on"),
    [
        # Spring Festival 2026: off 15 to 23 February, worked for on Saturdays 14 and 28 February
        ("1 working days", "stays", "2026-02-13T15:00", "2026-02-14"),
        ("2 working days", "stays", "2026-02-13T15:00", "2026-02-24"),
        ("5 working days", "stays", "2026-02-13T15:00", "2026-02-27"),
        ("6 working days", "stays", "2026-02-13T15:00", "2026-02-28"),
        ("7 days", "stays", "2026-02-13T15:00", "2026-02-20"),
        ("7 days", "next_working_day", "2026-02-13T15:00", "2026-02-24"),
        # National Day 2025: off 1 to 8 October, worked for on Sunday 28 September
        ("1 working days", "stays", "2025-09-27T10:00", "2025-09-28"),
        ("3 working days", "stays", "2025-09-29T10:00", "2025-10-10"),
        ("3 days", "next_working_day", "2025-09-30T10:00", "2025-10-09"),
        # over the end of a year; 1 to 3 January 2026 are off, Sunday 4 January is worked
        ("1 working days", "stays", "2025-12-31T23:59", "2026-01-04"),
        ("2 working days", "stays", "2025-12-31T00:00", "2026-01-05"),
        ("15 days", "next_working_day", "2025-12-19T09:00", "2026-01-04"),
        ("90 days", "stays", "2025-12-01T09:00", "2026-03-01"),
        # a leap year
        ("1 days", "stays", "2024-02-28T09:00", "2024-02-29"),
        # a weekend is counted by days, passed over by working days
        ("2 days", "stays", "2026-03-06T09:00", "2026-03-08"),
        ("2 days", "next_working_day", "2026-03-06T09:00", "2026-03-09"),
        ("2 working days", "stays", "2026-03-06T09:00", "2026-03-10"),
    ],
)
def test_the_last_day(length: str, rest: str, begins: str, ends_on: str) -> None:
    """OFF-17: the day of the event is not counted; the last one to its end, Beijing time."""
    assert due(terms(length, rest), at(begins)) == ends(ends_on)


def test_hours_run_on() -> None:
    """OFF-8: hours are counted from the moment, through the night and days of rest."""
    friday = at("2026-03-06T20:00")
    assert due(terms("24 hours"), friday) == friday + 24 * HOUR_MS
    with pytest.raises(msgspec.ValidationError, match="hours run through"):
        terms("24 hours", "next_working_day")


@pytest.mark.parametrize(
    ("paused", "resumed", "ends_on"),
    [
        ("2026-03-03T09:00", "2026-03-03T17:00", "2026-03-09"),  # within a day: nothing
        ("2026-03-03T09:00", "2026-03-04T09:00", "2026-03-10"),  # one day
        ("2026-03-06T09:00", "2026-03-09T09:00", "2026-03-10"),  # over a weekend: Monday only
        ("2026-03-10T09:00", "2026-03-20T09:00", "2026-03-09"),  # after the end: nothing
        ("2026-02-20T09:00", "2026-03-02T10:00", "2026-03-09"),  # before the start: nothing
    ],
)
def test_a_pause(paused: str, resumed: str, ends_on: str) -> None:
    """OFF-17: the day on which a pause ends is not counted, as that of any event."""
    pauses = [Pause(at(paused), at(resumed))]
    assert due(terms("5 working days"), at("2026-03-02T10:00"), pauses) == ends(ends_on)


moments = st.integers(0, 120 * DAY_MS)
spans = st.lists(st.tuples(moments, moments), max_size=5)
kinds = st.one_of(
    st.sampled_from(["9 hours", "48 hours"]).map(terms),
    st.builds(
        terms, st.sampled_from(["1 days", "15 days", "3 working days"]),
        st.sampled_from(["stays", "next_working_day"]),
    ),
)  # fmt: skip


def placed(pauses: list[tuple[int, int]]) -> list[Pause]:
    """Pauses of the spring of 2026."""
    return [Pause(YEAR_2026_MS + min(p), YEAR_2026_MS + max(p)) for p in pauses]


@given(kinds, moments, spans, st.randoms())
def test_the_order_of_pauses_does_not_matter(
    kind: Terms, begins: int, pauses: list[tuple[int, int]], chance: object
) -> None:
    """OFF-17: nor does telling one twice."""
    given_ = placed(pauses)
    mixed = [*given_, *given_[:2]]
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    start_ms = YEAR_2026_MS + begins
    assert due(kind, start_ms, mixed) == due(kind, start_ms, given_)


@given(kinds, moments, spans, st.tuples(moments, moments))
def test_a_pause_never_shortens(
    kind: Terms, begins: int, pauses: list[tuple[int, int]], more: tuple[int, int]
) -> None:
    """OFF-17: and the end lies after the start."""
    start_ms = YEAR_2026_MS + begins
    before, after = placed(pauses), placed([*pauses, more])
    plain, some, most = due(kind, start_ms), due(kind, start_ms, before), due(kind, start_ms, after)
    assert start_ms < plain <= some <= most
    if kind.rest == "next_working_day":
        assert is_working(day_of(most))[0]


@given(kinds, moments, moments)
def test_what_is_told_next_is_told(kind: Terms, begins: int, now: int) -> None:
    """OFF-21: no warning or escalation lies between now and the next look."""
    start_ms = YEAR_2026_MS + begins
    end_ms, now_ms = due(kind, start_ms), start_ms + now
    after = next_ms(kind, start_ms, end_ms, now_ms)
    waiting = [t.at_ms for t in tellings(kind, start_ms, end_ms) if t.at_ms > now_ms]
    assert (after is None) == (not waiting and now_ms > end_ms)
    assert after is None or after == min([*waiting, *([end_ms + 1] if now_ms <= end_ms else [])])
