"""Owns taking a clue in, once: its row, receipt, clocks and leaf in one transaction.

A clue about a party that the register does not know is kept and shown. Must not know how it came.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal

from detectors.types import digest_id
from pipelines.clocks.due import due
from pipelines.clocks.keep import apply, started
from pipelines.clocks.kinds import in_force
from pipelines.clues.platforms import Platform
from pipelines.clues.types import Clue, Receipt, message
from pipelines.records.working_days import ZONE
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

Way = Literal["http", "file"]


class OtherBody(Exception):
    """The platform's id is taken by a clue that says something else."""

    def __init__(self, platform_id: str, body_sha256: str) -> None:
        super().__init__(f"another clue is held under {platform_id}")
        self.platform_id, self.body_sha256 = platform_id, body_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a clue that was handed down.

    Attributes:
        receipt_id: the webhook id of the receipt; ``receipt`` its exact bytes.
    """

    clue_id: str
    receipt_id: str
    receipt: bytes
    repeated: bool


def clue_id_of(platform: str, platform_id: str) -> str:
    """The id of a platform's clue."""
    return digest_id("clue", platform, platform_id)


async def take(
    database: Database, platform: Platform, clue: Clue, *, way: Way, now_ms: int
) -> Taken:
    """Takes one clue in, or finds that it had been.

    Raises:
        OtherBody: the same id came with another body; nothing is changed.
        Transient: the database cannot be reached.
    """
    async with database.transaction() as tx:
        return await take_in(tx, platform, clue, way=way, now_ms=now_ms)


async def take_in(
    tx: Transaction, platform: Platform, clue: Clue, *, way: Way, now_ms: int
) -> Taken:
    """The same within a transaction; raises ``OtherBody``."""
    clue_id, body = clue_id_of(platform.id, clue.platform_id), clue.body
    receipt_id, digest = f"{clue_id}-receipt", hashlib.sha256(body).hexdigest()
    place = await tx.row("clues_match", uscc=clue.uscc, unit_id=platform.unit) or {}
    added = await tx.execute(
        "clues_add", clue_id=clue_id, platform=platform.id, platform_id=clue.platform_id, way=way,
        body=body, body_sha256=digest, received_ms=now_ms, deadline_ms=clue.deadline_ms,
        title=clue.title, claim=clue.claim, uscc=clue.uscc, party_name=clue.party_name,
        address=clue.address, party_id=place["party_id"], site_id=place["site_id"],
        unit_id=place["unit_id"],
    )  # fmt: skip
    if not added:
        return await _held(tx, clue, clue_id, digest)
    if clue.attachments:
        rows = [{"clue_id": clue_id, "name": a.name, "sha256": a.sha256,
                 "media_type": a.media_type, "size_bytes": a.size_bytes}
                for a in clue.attachments]  # fmt: skip
        await tx.execute_many("clues_add_attachment", rows)
    receipt = _receipt(clue, clue_id, receipt_id, digest, now_ms)
    await tx.execute(
        "clues_send", message_id=receipt_id, clue_id=clue_id, platform=platform.id,
        kind="receipt", body=receipt, now_ms=now_ms,
    )  # fmt: skip
    await tx.execute(
        "clues_add_event", event_id=digest_id(clue_id, "received"), clue_id=clue_id, at_ms=now_ms,
        actor=platform.id, action="received", from_state="", to_state="received", ground="",
        detail=way,
    )  # fmt: skip
    where = {"unit_id": place["unit_id"], "party_id": place["party_id"],
             "site_id": place["site_id"]}  # fmt: skip
    await apply(
        tx,
        started("clue_receipt", "clue", clue_id, at_ms=now_ms, **where),
        started("clue_result", "clue", clue_id, at_ms=now_ms, due_ms=clue.deadline_ms or 0,
                **where),
    )  # fmt: skip
    leaf = {
        "clue_id": clue_id, "platform": platform.id, "action": "received", "body_sha256": digest,
        "receipt_sha256": hashlib.sha256(receipt).hexdigest(),
    }  # fmt: skip
    await log(tx, Leaf(kind=Kind.CLUE, subject=clue_id, at_ms=now_ms, body=leaf))
    return Taken(clue_id=clue_id, receipt_id=receipt_id, receipt=receipt, repeated=False)


async def _held(tx: Transaction, clue: Clue, clue_id: str, digest: str) -> Taken:
    row = await tx.row("clues_receipt", clue_id=clue_id)
    if row is None or row["body_sha256"] != digest:
        raise OtherBody(clue.platform_id, str(row["body_sha256"]) if row else "")
    return Taken(
        clue_id=clue_id, receipt_id=str(row["message_id"]), receipt=bytes(row["body"]),
        repeated=True,
    )  # fmt: skip


def _receipt(clue: Clue, clue_id: str, receipt_id: str, digest: str, now_ms: int) -> bytes:
    due_ms = clue.deadline_ms or due(in_force().at("clue_result", now_ms), now_ms)
    data = Receipt(
        platform_id=clue.platform_id, clue_id=clue_id, received=iso(now_ms), body_sha256=digest,
        due=iso(due_ms),
    )  # fmt: skip
    return message("receipt", receipt_id, iso(now_ms), data)


def iso(time_ms: int) -> str:
    """ISO 8601 with Beijing's zone, to the millisecond."""
    moment = dt.datetime.fromtimestamp(time_ms / 1000, ZONE)
    return moment.isoformat(timespec="milliseconds")
