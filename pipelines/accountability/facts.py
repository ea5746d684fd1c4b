"""Owns what is on record about an alert, a case or a clue, in one shape. Judges nothing.

Read from what is appended only: audit trail, reviews, approvals, case and answers, objections,
meetings. A fact's id names its row, so that whoever cites it can be checked.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pipelines.store import Database, Transaction

SubjectKind = Literal["alert", "case", "clue"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("alert", "case", "clue")
MACHINE = frozenset({"vigil", "case_system", ""})


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the record.

    Attributes:
        fact_id: ``source:row id``, e.g. ``event:...``, ``review:...``, ``request:...``.
        alert_id: that it belongs to; empty for a clue's.
        actor: officer id, or who of ``MACHINE``.
        action: what was done: the trail's actions, ``review_legal``, ``review_technical``,
            ``access_answered``, ``kept_for_good``, ``objected``, ``objection_answered``,
            ``decided_together``, ``case_made``.
        unit_id: of a collective decision, the organising unit.
        details: what else the row says, for checks.
    """

    fact_id: str
    at_ms: int
    actor: str
    action: str
    alert_id: str = ""
    unit_id: str = ""
    reason_code: str = ""
    ground: str = ""
    details: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def human(self) -> bool:
        """A person did it."""
        return self.actor not in MACHINE


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What the facts are about; ``alert_id`` is empty for a clue without an alert."""

    kind: SubjectKind
    id: str
    unit_id: str
    alert_id: str = ""
    case_id: str = ""


class NoSuchSubject(Exception):
    """Nothing of this name is on record."""


async def subject_of(tx: Transaction | Database, kind: str, subject_id: str) -> Subject:
    """Finds what is meant.

    Raises:
        NoSuchSubject: there is none.
    """
    row = None
    if kind == "alert":
        row = await tx.row("duty_subject_alert", id=subject_id)
    elif kind == "case":
        row = await tx.row("duty_subject_case", id=subject_id)
    elif kind == "clue":
        row = await tx.row("duty_subject_clue", id=subject_id)
    if row is None:
        raise NoSuchSubject(f"no {kind} {subject_id}")
    return Subject(kind=kind, **row)  # type: ignore[arg-type]  # one of the three


async def facts_of(tx: Transaction | Database, subject: Subject) -> list[Fact]:
    """All that is on record, in order of time."""
    params = {
        "alert_id": subject.alert_id,
        "subjects": [f"{subject.kind}:{subject.id}", f"alert:{subject.alert_id}",
                     f"case:{subject.case_id}"],
    }  # fmt: skip
    rows = [*await tx.rows("duty_facts", **params), *await tx.rows("duty_own_facts", **params)]
    if subject.kind == "clue":
        rows += await tx.rows("duty_clue_facts", id=subject.id)
    return sorted((fact_of(row) for row in rows), key=lambda one: (one.at_ms, one.fact_id))


def fact_of(row: dict[str, Any]) -> Fact:
    """A row as a fact."""
    return msgspec.convert({name: value for name, value in row.items() if value is not None}, Fact)
