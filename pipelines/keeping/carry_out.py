"""Owns carrying out an approved proposal. Must let go nothing that is in none.

The certificate, its leaf and the list of what is to be removed commit together; only then does an
object go, and only then is it ticked off. Killed anywhere, the next run finishes the list.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from pipelines.access.policy import Action
from pipelines.errors import Transient
from pipelines.evidence.keys import Keys
from pipelines.keeping import items
from pipelines.keeping.certify import Order, certify
from pipelines.keeping.due import due
from pipelines.keeping.officers import check_unit
from pipelines.keeping.policies import Policies
from pipelines.keeping.proposals import Judged, NotProposed, approval_of, read
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.vault.types import Locked, Vault

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Carried:
    """What came of it.

    Attributes:
        certificates: ids of those issued now.
        kept: items that may not go any more, with the reasons.
        removed: digests of objects that went now.
        waiting: digests that could not go yet, with the reason.
    """

    certificates: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


async def carry_out(
    database: Database, vault: Vault, keys: Keys, policies: Policies, proposal_id: str, *,
    by: str, now_ms: int, copies: Path | None = None,
) -> Carried:  # fmt: skip
    """Lets go what an approved proposal names, as far as it still may; again does the rest.

    Args:
        copies: folder of blurred copies, which go with their originals.

    Raises:
        NotAllowed: the officer is no archivist of that unit.
        NotProposed: no such proposal, not approved, or not what was signed.
        Transient: database or store is away; what is left is finished by the next run.
    """
    async with database.transaction() as tx:
        row = await tx.row("keeping_proposal", proposal_id=proposal_id)
        if row is None:
            raise NotProposed(f"there is no proposal {proposal_id}")
        body = read(row, keys)
        await check_unit(tx, by, Action.PROPOSE_PRUNE, body["unit_id"])
        order = Order(
            keys=keys, policies=policies, proposal_id=proposal_id, body=body,
            approval=approval_of(row, keys), by=by, now_ms=now_ms,
        )  # fmt: skip
    carried = Carried()
    for told in body["items"]:
        await _let_go(database, order, told, carried)
    await finish(database, vault, now_ms=now_ms, copies=copies, into=carried)
    if not any(row["proposal_id"] == proposal_id for row in await database.rows("keeping_pending")):
        await database.execute("keeping_finish_proposal", proposal_id=proposal_id, now_ms=now_ms)
    return carried


async def finish(
    database: Database, vault: Vault, *, now_ms: int, copies: Path | None = None,
    into: Carried | None = None,
) -> Carried:  # fmt: skip
    """Removes what certificates say is gone and is still there: after a crash, or a lock's end.

    Raises:
        Transient: database or store is away.
    """
    carried = into or Carried()
    for row in await database.rows("keeping_pending"):
        sha256 = row["sha256"]
        async with database.transaction() as tx:
            await tx.execute("keeping_lock")
            keys = {"sha256": sha256, "certificate_id": row["certificate_id"]}
            why = await _still_wanted(tx, row) or await _remove(vault, sha256, copies)
            if why:
                await tx.execute("keeping_removal_waits", why=why, **keys)
                carried.waiting.append((sha256, why))
            else:
                await tx.execute("keeping_removal_done", now_ms=now_ms, **keys)
                carried.removed.append(sha256)
    return carried


async def _let_go(database: Database, order: Order, told: dict[str, Any], carried: Carried) -> None:
    kind, item_id = told["kind"], told["item_id"]
    async with database.transaction() as tx:
        await tx.execute("keeping_lock")
        if await tx.row("keeping_certificate_of", kind=kind, item_id=item_id):
            return
        kept = await items.one(tx, order.policies, kind, item_id)
        if kept is None:
            carried.kept.append((item_id, "gone"))
            return
        standing = await tx.rows("keeping_stays")
        verdict = due(kept.item, order.policies, kept.stays(standing), order.now_ms)
        if verdict.what == "keep" or set(kept.digests) != set(told["objects"]):
            why = verdict.why if verdict.what == "keep" else ("changed_since_approved",)
            carried.kept.append((item_id, ", ".join(why)))
            return
        carried.certificates.append(await certify(tx, order, Judged(kept=kept, verdict=verdict)))


async def _still_wanted(tx: Transaction, row: Row) -> str:
    """Why an object may not go after all: pinned again, or held since."""
    if named := await tx.rows("keeping_naming", sha256=row["sha256"]):
        return f"named by {named[0]['kind']} {named[0]['item_id']}, which is kept"
    held = await tx.row(
        "keeping_stays_on_removed", sha256=row["sha256"], kind=row["kind"], item_id=row["item_id"]
    )
    return str(held["code"]) if held else ""


async def _remove(vault: Vault, sha256: str, copies: Path | None) -> str:
    """Removes one object and its copies; returns why it cannot go yet."""
    try:
        await asyncio.to_thread(vault.remove, sha256)
    except FileNotFoundError:
        pass  # a run before this one was killed after it went
    except Locked as error:
        return str(error)
    except OSError as error:
        raise Transient(f"object {sha256}: {error}") from error
    if copies is not None:
        for path in await asyncio.to_thread(lambda: list(copies.glob(f"{sha256}-*"))):
            await asyncio.to_thread(path.unlink, missing_ok=True)
    _log.info("object_removed", sha256=sha256)
    return ""
