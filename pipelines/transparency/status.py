"""Owns the log at a glance, and whether it continues a checkpoint that somebody kept."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.evidence.keys import Keys
from pipelines.store import Database
from pipelines.transparency.checkpoint import Checkpoint
from pipelines.transparency.merkle import continues
from pipelines.transparency.place import Place, ours
from pipelines.transparency.proofs import Stamp, stamp_of
from pipelines.transparency.tree import consistency_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """``checkpoint`` and its ``note`` are None for a log that has none; ``pending``: leaves."""

    pending: int
    checkpoint: Checkpoint | None = None
    note: bytes | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """Whether today's log begins with all that a kept checkpoint was over.

    Attributes:
        proof: hashes that show it to anybody (RFC 9162, 2.1.4); empty for equal sizes.
    """

    kept: Checkpoint
    now: Checkpoint
    proof: list[bytes]
    holds: bool


async def status(database: Database, keys: Keys) -> Status:
    """The log as it is now.

    Raises:
        BadNote: the newest checkpoint is not ours.
    """
    async with database.transaction() as tx:
        waiting = await tx.row("log_pending_count")
        newest = await tx.row("log_newest")
        stamp = await tx.row("log_stamp_newest")
    pending = waiting["leaves"] if waiting else 0
    if newest is None:
        return Status(pending=pending)
    note = bytes(newest["note"])
    return Status(
        pending=pending, checkpoint=ours(keys, note).checkpoint, note=note,
        stamp=stamp_of(stamp) if stamp else None,
    )  # fmt: skip


async def continued(database: Database, place: Place, kept: bytes) -> Continued:
    """Compares a checkpoint that somebody kept with the newest one.

    Raises:
        BadNote: one of them was not signed by this log.
        KeyError: the log has no checkpoint, or its tiles are gone.
    """
    keys = Keys(place.keys)
    old = ours(keys, kept).checkpoint
    async with database.transaction() as tx:
        newest = await tx.row("log_newest")
        if newest is None:
            raise KeyError("the log has no checkpoint")
        new = ours(keys, bytes(newest["note"])).checkpoint
        if old.size > new.size:
            return Continued(kept=old, now=new, proof=[], holds=False)
        proof = await consistency_proof(tx, old.size, new.size)
    holds = continues(old.size, old.root, new.size, new.root, proof) and old.origin == new.origin
    return Continued(kept=old, now=new, proof=proof, holds=holds)
