"""Owns asking whether an officer may: by the one table of ``pipelines.access``. Must not act."""

from __future__ import annotations

from typing import Literal

from pipelines.access.policy import Action, Actor, Kind, decide
from pipelines.access.policy import Target as Thing
from pipelines.keeping.target import Target
from pipelines.store import Transaction


class NotAllowed(Exception):
    """This officer may not do this.

    Attributes:
        code: ``unknown_officer``, ``role``, ``scope``, ``grant_needed`` or ``same_person``.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NoSuchTarget(Exception):
    """Nothing of this name is on record."""


async def actor(tx: Transaction, officer_id: str) -> Actor:
    """An officer as the register has them.

    Raises:
        NotAllowed: the register does not.
    """
    row = await tx.row("keeping_officer", officer_id=officer_id)
    if row is None:
        raise NotAllowed("unknown_officer", f"officer {officer_id} is not in the register")
    return Actor(**row)


async def check_about(tx: Transaction, officer_id: str, action: Action, about: Target) -> None:
    """Refuses who may not do this to what a hold or mark is about.

    Raises:
        NotAllowed: by role or scope.
        NoSuchTarget: it is not on record.
    """
    who = await actor(tx, officer_id)
    row = await tx.row("keeping_about", kind=about.kind, id=about.id)
    if row is None:
        raise NoSuchTarget(f"{about}: nothing of this name is kept")
    kind: Kind = _kind(about.kind)
    owners = frozenset(map(str, row["owners"]))
    _check(who, action, Thing(kind=kind, id=about.id, unit_id=row["unit_id"], owners=owners))


async def check_unit(tx: Transaction, officer_id: str, action: Action, unit_id: str = "") -> str:
    """Refuses who may not do this in a unit, their own where none is named; returns the unit.

    Raises:
        NotAllowed: by role or scope.
    """
    who = await actor(tx, officer_id)
    unit_id = unit_id or who.unit_id
    _check(who, action, Thing(kind="unit", id=unit_id, unit_id=unit_id))
    return unit_id


def check_other(officer_id: str, first: str, what: str) -> None:
    """Refuses the person who did the first half.

    Raises:
        NotAllowed: they are the same.
    """
    if officer_id == first:
        raise NotAllowed("same_person", f"{officer_id} {what}: another person must decide")


def _kind(kind: str) -> Literal["alert", "record", "unit"]:
    if kind == "alert":
        return "alert"
    return "record" if kind == "record" else "unit"


def _check(who: Actor, action: Action, thing: Thing) -> None:
    answer = decide(who, action, thing)
    if not answer.allowed:
        why = f"{who.officer_id} ({who.role}) may not {action} {thing.id}: {answer.why}"
        raise NotAllowed(answer.why, f"{why} ({answer.basis})")
