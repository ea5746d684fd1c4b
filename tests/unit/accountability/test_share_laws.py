"""What holds of every proposal, whatever was recorded and in whatever order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from pipelines.accountability.findings import ANSWERS, CIRCUMSTANCES, Finding, Objection, Person
from pipelines.accountability.shares import Proposal
from tests.unit.accountability.persons import proposed

NAMES = ("a", "b", "c", "d", "e", "f")
CAPACITIES = (
    "handler",
    "reviewer",
    "approver",
    "superior",
    "section_head",
    "unit_head",
    "in_charge",
)
Case = tuple[list[Person], list[Finding], list[Objection]]


@st.composite
def matters(draw: st.DrawFn) -> Case:
    """People with capacities, consistent findings about them, objections between them."""
    people = []
    for name in draw(st.sets(st.sampled_from(NAMES), min_size=1)):
        auxiliary = draw(st.booleans())
        several = st.sets(st.sampled_from(CAPACITIES), min_size=1, max_size=3)
        people.append(
            Person(
                officer_id=name, auxiliary=auxiliary,
                capacities=("handler",) if auxiliary else tuple(sorted(draw(several))),
                alone=draw(st.sampled_from([True, False, None])) if auxiliary else None,
                facts=(f"did-{name}",),
            )
        )  # fmt: skip
    possible = [
        (c.code, p.officer_id)
        for c in CIRCUMSTANCES
        for p in people
        if set(c.of) & set(p.capacities)
    ]
    answers = st.sampled_from(ANSWERS)
    chosen = draw(st.sets(st.sampled_from(possible))) if possible else set()
    findings = [
        Finding(code=code, officer_id=who, answer=draw(answers), facts=(f"{code}-{who}",))
        for code, who in sorted(chosen)
    ]
    names = [p.officer_id for p in people]
    pairs = st.tuples(
        st.sampled_from(names), st.sampled_from(names), st.sampled_from([True, False, None])
    )
    objections = [
        Objection(objection_id=f"o{n}", officer_id=who, superior=superior, overruled=overruled)
        for n, (who, superior, overruled) in enumerate(draw(st.lists(pairs, max_size=3)))
        if who != superior
    ]
    return people, findings, objections


def _of(case: Case) -> Proposal:
    return proposed(case[0], *case[1], objections=case[2])


@given(matters(), st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_nothing(case: Case, rng: random.Random) -> None:
    """ACC-11: the same facts, the same proposal."""
    shuffled = tuple(rng.sample(part, len(part)) for part in case)
    assert _of(case) == _of(shuffled)  # type: ignore[arg-type]  # a tuple of the same three


@given(matters())
def test_no_auxiliary_leads_while_an_officer_directed(case: Case) -> None:
    """ACC-11: an auxiliary who was not alone bears at most a secondary part beside an officer."""
    found = _of(case)
    known = {person.officer_id: person for person in case[0]}
    directed = any(p.as_officer and "handler" in p.capacities for p in case[0])
    for share in found.shares:
        if directed and not known[share.officer_id].as_officer:
            assert share.degree == "secondary"


@given(matters())
def test_shares_are_complete(case: Case) -> None:
    """ACC-11: everybody once, secondary only beside main or joint, joint never alone."""
    found = _of(case)
    bearing = [share.officer_id for share in found.shares]
    assert sorted([*bearing, *(who for who, _ in found.without)]) == sorted(
        person.officer_id for person in case[0]
    )
    degrees = [share.degree for share in found.shares]
    assert degrees.count("joint") != 1
    assert degrees.count("sole") <= 1
    assert "sole" not in degrees or set(degrees) == {"sole"}
    if "secondary" in degrees:
        assert {"main", "joint"} & set(degrees)
    for share in found.shares:
        same = {one.officer_id for one in found.shares if one.degree == share.degree}
        assert set(share.with_) == same - {share.officer_id}


@given(matters())
def test_nothing_is_laid_on_anybody_without_a_finding(case: Case) -> None:
    """ACC-11: without one positive finding no share; every share cites one or the letter."""
    found = _of(case)
    positive = {(one.code, one.officer_id) for one in case[1] if one.answer == "yes"}
    if not positive:
        assert found.shares == ()
    for share in found.shares:
        mine = {f"{code}-{who}" for code, who in positive if who == share.officer_id}
        assert mine & set(share.facts) or "11" in share.paragraphs
