"""What a subject calls for, from its facts alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clocks.kinds import load
from pipelines.clocks.steps import STATES, Fact, Found, Time, expected, state_of, steps

DUE = Time(due_ms=100)


def told(*facts: tuple[int, str]) -> list[Fact]:
    """Facts at moments."""
    return [Fact(at_ms=at_ms, name=name, by="wang") for at_ms, name in facts]


def of(kind: str, name: str, facts: list[Fact]) -> list[Found]:
    """What became of one step."""
    return [found for found in expected(kind, facts) if found.step.name == name]


@pytest.mark.parametrize(
    ("facts", "now_ms", "state"),
    [
        (told((1, "sealed")), 50, "open"),
        (told((1, "sealed")), 101, "overdue"),
        (told((1, "sealed"), (100, "acknowledged")), 500, "done"),
        (told((1, "sealed"), (101, "acknowledged")), 500, "done_late"),
        (told((1, "sealed"), (60, "confirmed")), 500, "done"),
        (told((1, "sealed"), (60, "clock_met:take_on")), 500, "done"),
        (told((1, "sealed"), (60, "held")), 500, "dropped"),
    ],
)
def test_a_lead_known_and_not_acted_on(facts: list[Fact], now_ms: int, state: str) -> None:
    """OFF-21: known from when officers could see it, missing from when its time is over."""
    (found,) = of("alert", "take_on", facts)
    assert state_of(found, DUE, now_ms) == state


def test_every_return_to_the_queue_calls_for_a_decision_anew() -> None:
    """OFF-21: reopened is a second duty; the first stays done."""
    facts = told((1, "sealed"), (2, "dismissed"), (50, "reopened"))
    first, second = of("alert", "verdict", facts)
    assert (state_of(first, DUE, 200), state_of(second, DUE, 200)) == ("done", "overdue")


def test_a_step_that_was_skipped_stays_skipped() -> None:
    """OFF-21: a review after the case was handed over makes up for it and undoes nothing."""
    before = told((1, "sealed"), (2, "confirmed"), (3, "review_legal"), (5, "case_acknowledged"))
    (legal,) = of("alert", "review_legal", before)
    (technical,) = of("alert", "review_technical", [*before, *told((9, "review_technical"))])
    assert state_of(legal, DUE, 50) == "done"
    assert state_of(technical, DUE, 50) == "skipped"
    assert technical.over is not None
    assert technical.over.name == "case_acknowledged"
    assert technical.done is not None


def test_a_review_before_the_decision_counts() -> None:
    """OFF-16: what was reviewed on the way to confirming need not be reviewed again."""
    facts = told((1, "sealed"), (2, "review_legal"), (3, "confirmed"))
    (legal,) = of("alert", "review_legal", facts)
    assert state_of(legal, DUE, 500) == "done"


def test_the_course_of_a_case() -> None:
    """OFF-17: decided without the party having been told before is a step skipped."""
    course = told((1, "made"), (2, "accepted"), (3, "filed"), (4, "investigated"), (5, "reviewed"),
                  (6, "approved"), (8, "decided"), (9, "served"))  # fmt: skip
    found = {one.step.name: state_of(one, DUE, 50) for one in expected("case", course)}
    assert found == {
        "hand_over": "done", "filing": "done", "investigated": "done", "reviewed": "done",
        "approved": "done", "told": "skipped", "decision": "done", "service": "done",
    }  # fmt: skip
    simple = {one.step.name for one in expected("case", [*course, *told((1, "simple"))])}
    assert simple == {"hand_over", "filing", "told", "decision", "service"}


def test_a_clue_answered_without_looking_into_it() -> None:
    """OFF-8, OFF-21: the answer alone is not enough; a clue returned misses nothing."""
    facts = told((1, "received"), (2, "accepted"), (5, "answered"))
    (looked,) = of("clue", "acted_on", facts)
    assert state_of(looked, Time(), 50) == "skipped"
    (returned,) = of("clue", "acted_on", told((1, "received"), (2, "accepted"), (5, "returned")))
    assert state_of(returned, Time(), 50) == "dropped"


def test_a_kind_of_subject_that_no_step_names() -> None:
    """OFF-21: a complaint with a clock of its own is in the ledger from its first clock on."""
    (one,) = expected("complaint", told((1, "clock_started:answer")))
    assert (one.step.clock, state_of(one, DUE, 101)) == ("answer", "overdue")


NAMES = sorted({n for group in steps().values() for s in group
                for n in (*s.called_for, *s.done, *s.dropped, *s.before)})  # fmt: skip


@given(
    st.sampled_from(sorted(steps())),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(NAMES)), max_size=14),
    st.randoms(use_true_random=False),
)
def test_the_same_record_gives_the_same_ledger(
    kind: str, facts: list[tuple[int, str]], chance: random.Random
) -> None:
    """OFF-21: in whatever order rows are read, told once or twice."""
    plain = told(*facts)
    mixed = [*plain, *plain[:1]]
    chance.shuffle(mixed)
    once, again = list(expected(kind, sorted(set(plain)))), list(expected(kind, sorted(set(mixed))))
    assert once == again
    for found in once:
        assert state_of(found, DUE, 200) in STATES
        assert found.done is None or found.step.early or found.done.at_ms >= found.since_ms


def test_every_step_names_a_clock_that_there_is() -> None:
    """OFF-21: and no step does, skips and calls for itself by one fact."""
    known = {kind.name for kind in load().kind}
    for group in steps().values():
        for step in group:
            assert step.clock in known | {""}
            assert not set(step.done) & set(step.before)
            assert not set(step.done) & set(step.dropped)
