"""Owns legal holds and marks for good: placed, lifted, approved, each with a leaf in the log.

The database's row holds; the vault's own lock on each object is a second bolt. Must not judge
what is due.
"""

from __future__ import annotations

import asyncio

from detectors.types import digest_id
from pipelines.access.policy import Action
from pipelines.keeping import items
from pipelines.keeping.officers import check_about, check_other
from pipelines.keeping.policies import Policies
from pipelines.keeping.target import Target
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.vault.types import Vault


class NotHeld(Exception):
    """There is no such hold or mark, or it has been decided."""


class BadReason(Exception):
    """A reason is missing, or is not one of those there are."""


async def hold(
    database: Database, vault: Vault, policies: Policies, about: Target, *, by: str, reason: str,
    now_ms: int,
) -> str:  # fmt: skip
    """Places a legal hold; returns its id.

    Raises:
        NotAllowed: the officer's role may not.
        NoSuchTarget: nothing of this name is on record.
        BadReason: no reason was given.
    """
    _reason(reason)
    hold_id = digest_id("hold", str(about), by, str(now_ms))
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        await check_about(tx, by, Action.HOLD, about)
        await tx.execute(
            "keeping_add_hold", hold_id=hold_id, target_kind=about.kind, target_id=about.id,
            from_ms=about.from_ms, to_ms=about.to_ms, reason=reason.strip(), by_officer=by,
            at_ms=now_ms,
        )  # fmt: skip
        body = {"target": str(about), "by": by, "reason": reason.strip()}
        await log(tx, Leaf(kind=Kind.HOLD, subject=hold_id, at_ms=now_ms, body=body))
        digests = await _digests(tx, policies, about)
    await _bolt(vault, digests, on=True)
    return hold_id


async def release(
    database: Database, vault: Vault, policies: Policies, hold_id: str, *, by: str, reason: str,
    now_ms: int,
) -> None:  # fmt: skip
    """Lifts a hold.

    Raises:
        NotAllowed: no leader, or the one who placed it.
        NotHeld: there is no such hold, or it was lifted.
        BadReason: no reason was given.
    """
    _reason(reason)
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        row = await tx.row("keeping_hold", hold_id=hold_id)
        if row is None or row["released_ms"] is not None:
            raise NotHeld(f"hold {hold_id}: there is none, or it was released")
        about = Target(kind=row["target_kind"], id=row["target_id"])
        await check_about(tx, by, Action.RELEASE, about)
        check_other(by, row["by_officer"], "placed this hold")
        await tx.execute(
            "keeping_release", hold_id=hold_id, by=by, now_ms=now_ms, reason=reason.strip()
        )
        body = {"hold_id": hold_id, "by": by, "reason": reason.strip()}
        await log(tx, Leaf(kind=Kind.RELEASE, subject=hold_id, at_ms=now_ms, body=body))
        free = await _digests(tx, policies, about) - await _held(tx, policies)
    await _bolt(vault, free, on=False)


async def ask_for_good(
    database: Database, policies: Policies, about: Target, *, by: str, ground: str, note: str,
    now_ms: int,
) -> str:  # fmt: skip
    """Asks that something be kept for good (AV-29); it stays from now, until a leader declines.

    Raises:
        NotAllowed, NoSuchTarget: as ``hold``.
        BadReason: the ground is none of ``policies.permanent``, or nothing is said about it.
    """
    if ground not in policies.permanent or about.kind == "camera":
        grounds = ", ".join(policies.permanent)
        raise BadReason(f"{ground!r}: the grounds are {grounds}; a camera's span is held instead")
    _reason(note)
    mark_id = digest_id("mark", str(about), ground, by, str(now_ms))
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        await check_about(tx, by, Action.HOLD, about)
        await tx.execute(
            "keeping_add_mark", mark_id=mark_id, target_kind=about.kind, target_id=about.id,
            ground=ground, note=note.strip(), asked_by=by, asked_ms=now_ms,
        )  # fmt: skip
        body = {"target": str(about), "ground": ground, "note": note.strip(), "by": by}
        await log(tx, Leaf(kind=Kind.REQUEST, subject=mark_id, at_ms=now_ms, body=body))
    return mark_id


async def decide_for_good(
    database: Database, mark_id: str, *, by: str, approved: bool, now_ms: int
) -> None:
    """A leader's answer to what was asked.

    Raises:
        NotAllowed: no leader, or the one who asked.
        NotHeld: there is no such mark, or it has been decided.
    """
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        row = await tx.row("keeping_mark", mark_id=mark_id)
        if row is None or row["approved"] is not None:
            raise NotHeld(f"mark {mark_id}: there is none, or it has been decided")
        about = Target(kind=row["target_kind"], id=row["target_id"])
        await check_about(tx, by, Action.KEEP_PERMANENTLY, about)
        check_other(by, row["asked_by"], "asked for it")
        await tx.execute(
            "keeping_decide_mark", mark_id=mark_id, by=by, now_ms=now_ms, approved=approved
        )
        body = {"mark_id": mark_id, "by": by, "approved": approved}
        await log(tx, Leaf(kind=Kind.APPROVAL, subject=mark_id, at_ms=now_ms, body=body))


async def set_file_period(
    database: Database, case_id: str, *, until_ms: int | None, basis: str, by: str, now_ms: int
) -> None:
    """Records how long a case file is kept, so that its evidence is kept as long (AV-28).

    Args:
        until_ms: None keeps it for good.

    Raises:
        NotAllowed, NoSuchTarget, BadReason: as ``hold``.
    """
    _reason(basis)
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        await check_about(tx, by, Action.PROPOSE_PRUNE, Target(kind="case", id=case_id))
        await tx.execute(
            "keeping_file_period", case_id=case_id, until_ms=until_ms, basis=basis.strip(),
            set_by=by, set_ms=now_ms,
        )  # fmt: skip
        body = {"file_until_ms": until_ms, "basis": basis.strip(), "by": by}
        await log(tx, Leaf(kind=Kind.APPROVAL, subject=case_id, at_ms=now_ms, body=body))


def _reason(text: str) -> None:
    if not text.strip():
        raise BadReason("say why")


async def _digests(tx: Transaction, policies: Policies, about: Target) -> set[str]:
    found: set[str] = set()
    async for kept in items.everything(tx, policies):
        if (about.kind, about.id) in kept.facts:
            found |= {about.id} if about.kind == "object" else set(kept.digests)
    return found


async def _held(tx: Transaction, policies: Policies) -> set[str]:
    standing = [row for row in await tx.rows("keeping_stays") if row["code"].startswith("hold:")]
    found: set[str] = set()
    async for kept in items.everything(tx, policies):
        if kept.stays(standing):
            found |= set(kept.digests)
    return found


async def _bolt(vault: Vault, digests: set[str], *, on: bool) -> None:
    for sha256 in sorted(digests):
        if await asyncio.to_thread(vault.exists, sha256):
            await asyncio.to_thread(vault.hold, sha256, on=on)
