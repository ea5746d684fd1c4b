"""Owns art. 11 (1) to (7) and its opening sentence, a function each. Pure.

A paragraph takes the matter and gives parts of responsibility, what is unknown, and whom it
relieves. How parts of several paragraphs come together is ``shares.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from pipelines.accountability.findings import (
    BY_CODE,
    HEADS,
    LEADERS,
    Answer,
    Finding,
    Objection,
    Person,
)

OPENING = "11"
"""Art. 11, opening sentence: officers main, auxiliaries secondary; alone, like officers."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What must be found out: a circumstance, of whom (empty: of nobody named), for what."""

    code: str
    officer_id: str
    paragraph: str


class Part(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What one paragraph lays on one person."""

    officer_id: str
    degree: Literal["main", "secondary", "joint", "sole"]
    paragraphs: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All that was recorded, by whom it is about."""

    people: Mapping[str, Person]
    findings: Mapping[tuple[str, str], Finding]
    objections: tuple[Objection, ...]

    @classmethod
    def of(
        cls, people: Sequence[Person], findings: Sequence[Finding], objections: Sequence[Objection]
    ) -> Matter:
        """Sorted out and checked.

        Raises:
            ValueError: it contradicts itself; see ``shares.propose``.
        """
        known = {person.officer_id: person for person in sorted(people)}
        if len(known) != len(people):
            raise ValueError("somebody is named twice")
        found: dict[tuple[str, str], Finding] = {}
        for one in sorted(findings):
            _check(one, known)
            former = found.setdefault((one.code, one.officer_id), one)
            if former.answer != one.answer:
                raise ValueError(f"{one.code} of {one.officer_id} is answered both ways")
        return cls(people=known, findings=found, objections=tuple(sorted(objections)))

    def acting(self, *capacities: str) -> list[str]:
        """Who acted in any of these capacities."""
        return [who for who, p in self.people.items() if set(p.capacities) & set(capacities)]

    def answer(self, code: str, officer_id: str) -> Answer | None:
        """What was found; None: nobody has said."""
        found = self.findings.get((code, officer_id))
        return found.answer if found else None

    def found(self, code: str) -> list[str]:
        """Of whom it was found."""
        return [who for (c, who), one in self.findings.items() if c == code and one.answer == "yes"]

    def facts(self, officer_id: str, *codes: str) -> tuple[str, ...]:
        """What a person's part rests on: how they acted, and the findings."""
        found = [
            self.findings[code, officer_id] for code in codes if (code, officer_id) in self.findings
        ]
        mine = self.people[officer_id].facts
        return tuple(sorted({*mine, *(fact for one in found for fact in one.facts)}))


@dataclass(slots=True, kw_only=True)
class Applied:
    """What the paragraphs come to; ``relieved``: by whom it is not borne, and by which."""

    parts: list[Part] = field(default_factory=list)
    waiting: frozenset[str] = frozenset()
    relieved: dict[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()


def applied(matter: Matter) -> Applied:
    """Every paragraph, in the text's order."""
    result, unknown = Applied(), set[Unknown]()
    for paragraph in _PARAGRAPHS:
        parts, open_ = paragraph(matter, result.relieved)
        result.parts += parts
        unknown |= open_
    for (code, who), one in matter.findings.items():
        if one.answer == "unknown":
            unknown.add(Unknown(code=code, officer_id=who, paragraph=BY_CODE[code].paragraph))
    result.unknown = tuple(sorted(unknown))
    result.waiting = frozenset(one.officer_id for one in unknown if one.officer_id)
    return result


Found = tuple[list[Part], set[Unknown]]
Relieved = dict[str, str]


def _first(matter: Matter, _relieved: Relieved) -> Found:
    """(1) The handler concealed or brought false evidence: the handler bears it."""
    return _handlers(matter, "concealed", "11.1", "sole"), set()


def _second(matter: Matter, _relieved: Relieved) -> Found:
    """(2) The handler was careless: main; heads who were lax in management: secondary."""
    parts = _handlers(matter, "careless", "11.2", "main")
    if not parts:
        return [], set()
    heads = [w for w in matter.acting(*HEADS) if w not in {p.officer_id for p in parts}]
    parts += [_part(matter, w, "secondary", "11.2", "lax") for w in heads if _is(matter, "lax", w)]
    return parts, _unanswered(matter, "lax", heads, "11.2")


def _third(matter: Matter, _relieved: Relieved) -> Found:
    """(3) Done without the approval it needed: main where the head did not know, else joint."""
    if not matter.found("unapproved"):
        return [], set()
    heads = matter.acting("unit_head")
    open_ = _unanswered(matter, "head_knew", heads, "11.3")
    if not heads:
        open_ = {Unknown(code="head_knew", officer_id="", paragraph="11.3")}
    if open_:
        handlers = matter.found("unapproved")
        return [], open_ | {
            Unknown(code="head_knew", officer_id=who, paragraph="11.3") for who in handlers
        }
    knew = [who for who in heads if _is(matter, "head_knew", who)]
    parts = _handlers(matter, "unapproved", "11.3", "joint" if knew else "main")
    return parts + [_part(matter, w, "joint", "11.3", "head_knew") for w in knew], set()


def _fourth(matter: Matter, _relieved: Relieved) -> Found:
    """(4) A wrong proposal that the reviewer should have seen: handler main, reviewer secondary."""
    handlers = matter.found("wrong_proposal")
    if not handlers:
        return [], set()
    reviewers = [w for w in matter.acting("reviewer") if w not in handlers]
    missed = [who for who in reviewers if _is(matter, "review_missed", who)]
    open_ = _unanswered(matter, "review_missed", reviewers, "11.4")
    if not missed:  # the paragraph needs both; the handler's error stays the handler's
        return _handlers(matter, "wrong_proposal", OPENING, "sole"), open_
    parts = _handlers(matter, "wrong_proposal", "11.4", "main")
    parts += [_part(matter, who, "secondary", "11.4", "review_missed") for who in missed]
    return parts, open_


def _fifth(matter: Matter, relieved: Relieved) -> Found:
    """(5) A right opinion of handler or reviewer was not taken: the approver bears it."""
    approvers = matter.found("right_opinion_overruled")
    for one in matter.objections:
        if one.overruled and one.superior in approvers and one.officer_id in matter.people:
            relieved.setdefault(one.officer_id, "11.5")
    return [
        _part(matter, who, "sole", "11.5", "right_opinion_overruled", *_recorded(matter, who))
        for who in approvers
    ], set()


def _sixth(matter: Matter, _relieved: Relieved) -> Found:
    """(6) A unit's head does not carry out the responsibility system: head and in-charge leader."""
    if not matter.found("inactive"):
        return [], set()
    leaders = matter.acting(*LEADERS)
    parts = [
        _part(matter, who, "sole" if len(leaders) == 1 else "joint", "11.6", "inactive")
        for who in leaders
        if matter.answer("inactive", who) == "yes"
    ]
    if len(parts) == 1:
        parts = [msgspec.structs.replace(parts[0], degree="sole")]
    return parts, _unanswered(matter, "inactive", leaders, "11.6")


def _seventh(matter: Matter, relieved: Relieved) -> Found:
    """(7) Ordered all the same after an objection: the superior, and only with the record of it."""
    parts, open_ = [], set[Unknown]()
    for superior in matter.found("ordered_after_objection"):
        objected = [
            one for one in matter.objections
            if one.superior == superior and one.officer_id in matter.people
        ]  # fmt: skip
        if not any(one.overruled for one in objected):
            code = "objection_unanswered" if objected else "objection_record"
            open_.add(Unknown(code=code, officer_id=superior, paragraph="11.7"))
            continue
        for one in objected:
            if one.overruled:
                relieved[one.officer_id] = "11.7"
        records = _recorded(matter, superior)
        parts.append(_part(matter, superior, "sole", "11.7", "ordered_after_objection", *records))
    return parts, open_


def _handlers(
    matter: Matter, code: str, paragraph: str, degree: Literal["main", "joint", "sole"]
) -> list[Part]:
    """The handlers of whom it was found, graded by the opening sentence.

    Where an auxiliary acted together with officers, the officers bear the main part, whether or
    not the same was found of each of them: so says the text, and the person who decides is told.
    """
    found = matter.found(code)
    lesser = [who for who in found if not matter.people[who].as_officer]
    officers = [who for who in matter.acting("handler") if matter.people[who].as_officer]
    if not lesser or not officers:
        several: Literal["main", "joint", "sole"] = "joint" if len(found) > 1 else "sole"
        given = several if degree == "sole" else degree
        return [_part(matter, who, given, paragraph, code) for who in found]
    leading: Literal["main", "joint"] = "joint" if degree == "joint" else "main"
    return [
        *(_part(matter, who, leading, paragraph, code, opening=True) for who in officers),
        *(_part(matter, who, "secondary", paragraph, code, opening=True) for who in lesser),
    ]


def _part(
    matter: Matter,
    who: str,
    degree: Literal["main", "secondary", "joint", "sole"],
    paragraph: str,
    code: str,
    *more: str,
    opening: bool = False,
) -> Part:
    cited = (OPENING, paragraph) if opening and paragraph != OPENING else (paragraph,)
    facts = tuple(sorted({*matter.facts(who, code), *more}))
    return Part(officer_id=who, degree=degree, paragraphs=cited, facts=facts)


def _recorded(matter: Matter, superior: str) -> list[str]:
    return [one.objection_id for one in matter.objections if one.superior == superior]


def _is(matter: Matter, code: str, who: str) -> bool:
    return matter.answer(code, who) == "yes"


def _unanswered(matter: Matter, code: str, people: Sequence[str], paragraph: str) -> set[Unknown]:
    return {
        Unknown(code=code, officer_id=who, paragraph=paragraph)
        for who in people
        if matter.answer(code, who) in (None, "unknown")
    }


def _check(one: Finding, known: Mapping[str, Person]) -> None:
    circumstance = BY_CODE.get(one.code)
    if circumstance is None:
        raise ValueError(f"no circumstance {one.code!r}: {', '.join(BY_CODE)}")
    person = known.get(one.officer_id)
    if person is None:
        raise ValueError(f"{one.code} is found of {one.officer_id}, who is not named")
    if not set(circumstance.of) & set(person.capacities):
        raise ValueError(f"{one.code} cannot be found of {one.officer_id}: not {circumstance.of}")


_PARAGRAPHS: tuple[Callable[[Matter, Relieved], Found], ...] = (
    _first, _second, _third, _fourth, _fifth, _sixth, _seventh,
)  # fmt: skip
