"""Owns proposing shares of responsibility by art. 11. Pure; proposes, cites, never decides.

Whatever order facts come in, the same is proposed. Where a finding is missing that a paragraph
turns on, that paragraph proposes nothing and says what is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from pipelines.accountability.findings import Finding, Objection, Person
from pipelines.accountability.paragraphs import Matter, Part, Unknown, applied
from pipelines.accountability.threshold import Elements, threshold

Degree = Literal["main", "secondary", "joint", "sole"]
"""主要责任, 次要责任, 共同责任; ``sole``: 承担责任, where one alone bears it ungraded."""


class Share(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What somebody is proposed to bear.

    Attributes:
        with_: who bears the same degree together with them (责任人为2名以上时，共同承担责任).
        paragraphs: of art. 11; ``11`` is its opening sentence.
        facts: ids of facts, findings' sources and objections that it rests on.
    """

    officer_id: str
    degree: Degree
    with_: tuple[str, ...]
    paragraphs: tuple[str, ...]
    facts: tuple[str, ...]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is put before the person who decides.

    Attributes:
        open: elements of art. 6 that are not recorded: nothing is proposed.
        absent: elements of art. 6 found absent: this is no fault by art. 6; nothing is proposed.
        without: everybody else concerned, and why they bear none: ``relieved_11.5``,
            ``relieved_11.7``, ``not_found``, ``waits`` (for what is unknown).
        unknown: what must be found out before the proposal is whole.
        weigh: what the text does not settle and a person must weigh: code and officers.
        unit: organising unit of a collective decision, which bears it (art. 10); else empty.
    """

    open: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    unknown: tuple[Unknown, ...] = ()
    weigh: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unit: str = ""


def propose(
    people: Sequence[Person],
    findings: Sequence[Finding],
    *,
    elements: Elements,
    objections: Sequence[Objection] = (),
    collective_unit: str = "",
) -> Proposal:
    """What art. 6, 10 and 11 lead to, from what was recorded.

    Raises:
        ValueError: an officer is named twice, a finding is about nobody named, about a capacity
            they did not act in, or contradicts another.
    """
    matter = Matter.of(people, findings, objections)
    open_, absent = threshold(elements)
    if open_ or absent:
        return Proposal(open=open_, absent=absent, unit=collective_unit)
    found = applied(matter)
    shares = _resolved(found.parts)
    borne = {share.officer_id for share in shares}
    return Proposal(
        shares=shares,
        without=tuple(
            (who, _why(who, found.waiting, found.relieved))
            for who in sorted(matter.people.keys() - borne)
        ),
        unknown=found.unknown,
        weigh=_weigh(matter, found.relieved, borne, collective_unit),
        unit=collective_unit,
    )


def _why(who: str, waiting: frozenset[str], relieved: dict[str, str]) -> str:
    if who in relieved:
        return f"relieved_{relieved[who]}"
    return "waits" if who in waiting else "not_found"


def _resolved(parts: Sequence[Part]) -> tuple[Share, ...]:
    """One share a person: the heaviest of their parts; two or more who bear ungraded are joint."""
    heavy = sorted({part.officer_id for part in parts if part.degree != "secondary"})
    ungraded = any(part.degree in ("sole", "joint") for part in parts)
    graded = any(part.degree in ("main", "secondary") for part in parts)
    alone: Degree = "main" if graded else "sole"
    shares = []
    for who in sorted({part.officer_id for part in parts}):
        mine = [part for part in parts if part.officer_id == who]
        primary = who in heavy
        degree: Degree = "secondary"
        if primary:
            degree = "joint" if ungraded and len(heavy) > 1 else alone
        peers = heavy if primary else sorted({p.officer_id for p in parts} - set(heavy))
        shares.append(
            Share(
                officer_id=who,
                degree=degree,
                with_=tuple(one for one in peers if one != who),
                paragraphs=tuple(sorted({p for part in mine for p in part.paragraphs})),
                facts=tuple(sorted({f for part in mine for f in part.facts})),
            )
        )
    return tuple(shares)


def _weigh(
    matter: Matter, relieved: dict[str, str], borne: set[str], collective_unit: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    if both := tuple(sorted(relieved.keys() & borne)):
        found.append(("objected_yet_found", both))
    codes = {who: {one.code for one in matter.findings.values() if one.officer_id == who
                   and one.answer == "yes"} for who in borne}  # fmt: skip
    if by_letter := tuple(sorted(who for who, said in codes.items() if not said)):
        found.append(("main_by_opening_only", by_letter))
    auxiliaries = {w for w, p in matter.people.items() if p.auxiliary and p.alone is None}
    if unsaid := tuple(sorted(auxiliaries & borne)):
        found.append(("auxiliary_alone_not_recorded", unsaid))
    if collective_unit and borne:
        found.append(("collective_and_persons", tuple(sorted(borne))))
    return tuple(found)
