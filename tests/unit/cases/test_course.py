"""The course of a case as data: whatever order steps are told in, it comes to the same. OFF-17."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cases.course import Told, judge, statuses
from pipelines.cases.envelope import StatusCode

COURSE = [one.code for one in statuses().values() if one.rank and one.code != "refused"]


def told(status: str, at_ms: int, revision: int = 1) -> Told:
    """A step."""
    return Told(status=status, at_ms=at_ms, revision=revision)


def test_the_data_knows_every_step_of_the_contract() -> None:
    """OFF-17: no step can be told that the data does not place."""
    assert set(statuses()) == set(get_args(StatusCode))


@given(order=st.permutations(range(len(COURSE))))
def test_in_any_order_nothing_is_impossible_and_the_last_wins(order: list[int]) -> None:
    """OFF-17: out-of-order safe."""
    known: list[Told] = []
    newest = -1
    for number in order:
        step = told(COURSE[number], 1000 + number)
        taken = judge(known, step).taken
        assert taken == ("current" if number > newest else "late")
        newest = max(newest, number)
        known.append(step)
    assert judge(known, told("closed", 5000)).taken == "repeated"


@pytest.mark.parametrize(
    ("known", "new", "why"),
    [
        (told("decided", 20), told("paid", 10), "paid before decided"),
        (told("paid", 10), told("decided", 20), "paid before decided"),
        (told("refused", 10), told("filed", 20), "filed after refused"),
        (told("filed", 10), told("refused", 20), "refused beside filed"),
        (told("annulled", 10), told("paid", 20), "paid after annulled"),
        (told("closed", 10), told("paid", 20), "paid after closed"),
    ],
)
def test_what_cannot_be_says_why(known: Told, new: Told, why: str) -> None:
    """OFF-17: impossible steps are named."""
    judged = judge([known], new)
    assert (judged.taken, judged.why) == ("impossible", why)


def test_annulled_ends_all_and_may_follow_closing() -> None:
    """OFF-18: annulled after closing; what came before it may still be told."""
    known = [told("decided", 10), told("closed", 20)]
    assert judge(known, told("annulled", 30)).taken == "current"
    assert judge([told("annulled", 30)], told("decided", 10)).taken == "late"


def test_a_corrected_revision_begins_anew() -> None:
    """OFF-17: after a refusal the next revision has a course of its own."""
    known = [told("accepted", 10), told("refused", 20)]
    assert judge(known, told("accepted", 30, 2)).taken == "current"
