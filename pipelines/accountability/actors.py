"""Owns saying who acted in which capacity at each step (ACC-10). Pure, from facts and posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pipelines.accountability.facts import Fact, Subject
from pipelines.accountability.findings import Person
from pipelines.accountability.posts import Posts

Capacity = Literal["handler", "reviewer", "approver", "superior", "organising_unit"]
"""承办, 审核, 批准, 主管; a collective decision's organising unit (art. 10)."""

STEPS: dict[str, Capacity] = {
    "acknowledged": "handler",
    "handed_back": "handler",
    "taken_up": "handler",
    "reminded": "handler",
    "confirmed": "handler",
    "dismissed": "handler",
    "unsure": "handler",
    "objected": "handler",
    "review_legal": "reviewer",
    "review_technical": "reviewer",
    "reopened": "approver",
    "access_answered": "approver",
    "kept_for_good": "approver",
    "objection_answered": "approver",
    "decided_together": "organising_unit",
}
"""In which capacity somebody acts who does this; what is not here is not a step of the matter."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a step.

    Attributes:
        capacity: ``superior`` follows from posts: who stood above the actor then.
        officer_id: empty for a unit.
        post: that they held then, the first of several; empty: none on record.
        auxiliary: they held nothing but an auxiliary's post.
        by_post: it follows from the register of posts, not from an act.
    """

    action: str
    capacity: Capacity
    officer_id: str
    unit_id: str
    post: str
    auxiliary: bool
    at_ms: int
    fact_id: str
    by_post: bool = False


def steps(subject: Subject, facts: Sequence[Fact], posts: Posts) -> list[Step]:
    """Every actor at every step, in order; superiors beside the acts they stood above."""
    found: list[Step] = []
    for fact in facts:
        capacity = STEPS.get(fact.action)
        if capacity is None or (not fact.human and capacity != "organising_unit"):
            continue
        if capacity == "organising_unit":
            found.append(_step(fact, "organising_unit", "", fact.unit_id, posts))
            continue
        found.append(_step(fact, capacity, fact.actor, subject.unit_id, posts))
        if capacity == "handler":
            found += _above(fact, subject.unit_id, posts)
    return found


def people(found: Iterable[Step]) -> list[Person]:
    """Everybody concerned once, in all their capacities; whether an auxiliary was alone is open."""
    capacities: dict[str, set[str]] = {}
    facts: dict[str, set[str]] = {}
    auxiliary: dict[str, bool] = {}
    for one in found:
        if not one.officer_id:
            continue
        mine = capacities.setdefault(one.officer_id, set())
        mine.add(one.capacity)
        if one.by_post:
            mine.add(one.post)
        facts.setdefault(one.officer_id, set()).add(one.fact_id)
        auxiliary[one.officer_id] = auxiliary.get(one.officer_id, True) and one.auxiliary
    return [
        Person(
            officer_id=who,
            capacities=tuple(sorted(capacities[who] - {""})),
            auxiliary=auxiliary[who],
            facts=tuple(sorted(facts[who])),
        )
        for who in sorted(capacities)
    ]


def organising_unit(found: Iterable[Step]) -> str:
    """The unit that called the newest collective decision; empty: none was taken."""
    units = [one.unit_id for one in found if one.capacity == "organising_unit"]
    return units[-1] if units else ""


def _above(fact: Fact, unit_id: str, posts: Posts) -> list[Step]:
    """Who stood above the actor then: the heads of the unit, and their own superior."""
    heads = {p.officer_id for p in posts.heads(unit_id, fact.at_ms)}
    if own := posts.superior(fact.actor, fact.at_ms):
        heads.add(own)
    return [
        _step(fact, "superior", who, unit_id, posts, by_post=True)
        for who in sorted(heads - {fact.actor})
    ]


def _step(
    fact: Fact, capacity: Capacity, who: str, unit_id: str, posts: Posts, *, by_post: bool = False
) -> Step:
    held = posts.of(who, fact.at_ms) if who else []
    ranked = sorted(held, key=lambda p: (p.unit_id != unit_id, p.post in ("handler", "auxiliary")))
    return Step(
        action=fact.action,
        capacity=capacity,
        officer_id=who,
        unit_id=ranked[0].unit_id if ranked else (unit_id if not who else ""),
        post=ranked[0].post if ranked else "",
        auxiliary=bool(who) and posts.auxiliary(who, fact.at_ms),
        at_ms=fact.at_ms,
        fact_id=fact.fact_id,
        by_post=by_post,
    )
