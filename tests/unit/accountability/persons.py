"""People, findings and elements for the tests, written briefly."""

from __future__ import annotations

from typing import Any

from pipelines.accountability.findings import Answer, Finding, Objection, Person
from pipelines.accountability.shares import Proposal, propose
from pipelines.accountability.threshold import Elements

FAULT = Elements(mind="negligence", performance="illegal", harm="harm")


def person(who: str, *capacities: str, **more: Any) -> Person:
    """Somebody; the fact that says how they acted is ``did-WHO``."""
    return Person(
        officer_id=who, capacities=capacities or ("handler",), facts=(f"did-{who}",), **more
    )


def yes(code: str, who: str, answer: Answer = "yes") -> Finding:
    """A finding with its fact ``CODE-WHO``."""
    return Finding(code=code, officer_id=who, answer=answer, facts=(f"{code}-{who}",))


def objection(who: str, superior: str, overruled: bool | None = True) -> Objection:
    """An objection on record."""
    return Objection(
        objection_id=f"objection-{who}", officer_id=who, superior=superior, overruled=overruled
    )


def proposed(people: list[Person], *findings: Finding, **more: Any) -> Proposal:
    """A proposal over a fault whose elements are all recorded."""
    return propose(people, findings, **({"elements": FAULT} | more))


def degrees(found: Proposal) -> dict[str, str]:
    """Degree by officer."""
    return {share.officer_id: share.degree for share in found.shares}
