"""Owns finding what is asked for, whose it is, and whether somebody may. Must not draw pages."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.access.policy import Action, Actor, Decision, Target, decide
from pipelines.store import Database, Transaction
from pipelines.store.database import Row

Kind = str
KINDS = ("alert", "record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A decision in the light of the grants in force; ``request_id`` names the one it stands on."""

    decision: Decision
    request_id: str | None = None


async def target_of(database: Database | Transaction, kind: Kind, target_id: str) -> Target | None:
    """An alert or a record with its unit and owners; None where there is none before officers."""
    if kind not in KINDS:
        return None
    row = await database.row(f"access_target_{kind}", id=target_id)
    if row is None:
        return None
    return Target(
        kind="alert" if kind == "alert" else "record",
        id=target_id,
        unit_id=str(row["unit_id"]),
        owners=frozenset(row["owners"]),
        secret=bool(row["secret"]),
    )


async def object_of(database: Database, target: Target, name: str) -> Row | None:
    """One stored object of a target by its name: role, name, sha256, size_bytes, media_type."""
    if target.kind not in KINDS:
        return None
    return await database.row(f"access_object_{target.kind}", id=target.id, object_name=name)


async def admit(
    database: Database, actor: Actor, action: Action, target: Target, *, now_ms: int,
    request_id: str | None = None,
) -> Admission:  # fmt: skip
    """Whether they may now: grants are looked up only where the table asks for one.

    Args:
        request_id: only this grant will do; None where any in force does.
    """
    plain = decide(actor, action, target)
    if plain.why != "grant_needed":
        return Admission(decision=plain)
    for grant in await _grants(database, actor, target, now_ms):
        if request_id not in (None, grant["request_id"]):
            continue
        found = decide(actor, action, target, granted=(str(grant["action"]),))
        if found.allowed:
            return Admission(decision=found, request_id=str(grant["request_id"]))
    return Admission(decision=plain)


async def may_now(
    database: Database, actor: Actor, target: Target, *, now_ms: int
) -> frozenset[str]:
    """Everything they may do to a target now: what a page offers."""
    granted = [str(row["action"]) for row in await _grants(database, actor, target, now_ms)]
    return frozenset(
        action.value for action in Action if decide(actor, action, target, granted=granted).allowed
    )


async def _grants(database: Database, actor: Actor, target: Target, now_ms: int) -> list[Row]:
    return await database.rows(
        "access_grants", officer_id=actor.officer_id, kind=target.kind, id=target.id, now_ms=now_ms
    )
