"""Owns what is written when a notice was taken, refused, given up, delivered or opened.

Within the caller's transaction: the notice's state, the alert's trail, the leaf, the clocks, and
whom a failure is told to.
"""

from __future__ import annotations

from typing import Any

import structlog

from detectors.types import digest_id
from pipelines.alerts.trail import event
from pipelines.clocks.keep import apply, met, started
from pipelines.notices.queue import put, told_officer
from pipelines.notices.ways import Address
from pipelines.store import Transaction
from pipelines.transparency.leaf import Kind, Leaf
from pipelines.transparency.leaf import log as log_leaf

log = structlog.get_logger()
NO_WAY = "no_way_left"
"""What a notice that was given up says when no try was ever made: there is no address at all."""

Row = dict[str, Any]


async def taken(
    tx: Transaction, row: Row, *, attempt_id: str, channel: str, address: Address, now_ms: int,
    chase_ms: int,
) -> None:  # fmt: skip
    """A channel took it: the party counts as told, provably as far as the channel proves it.

    Args:
        row: of ``notices_next``.
        chase_ms: when the next way is taken as well, unless somebody received or read it; 0 never.
    """
    await tx.execute(
        "notices_sent", notice_id=row["notice_id"], channel=channel, address=address.address,
        confirmed=address.confirmed, now_ms=now_ms, next_try_ms=chase_ms,
    )  # fmt: skip
    await _count(tx, "notices_sent")
    said = {"outcome": "taken", "channel": channel, "address": address.address,
            "confirmed": address.confirmed, "attempt_id": attempt_id}  # fmt: skip
    await _told(tx, row, said, now_ms)
    if not row["alert_id"]:
        return
    await _trail(
        tx, row, "notice_told", now_ms, cause=attempt_id, ground=f"{row['kind']} {channel}"
    )
    if row["kind"] == "finding":
        await apply(tx, met("notice_told", row["alert_id"], at_ms=now_ms))
        if row["state"] == "queued":  # told by a second way it is the same clock
            clock = started("party_answer", "alert", row["alert_id"], at_ms=now_ms,
                            party_id=row["party_id"])  # fmt: skip
            await apply(tx, clock)


async def refused(
    tx: Transaction, row: Row, *, channel: str, address: str, error: str, next_try_ms: int
) -> None:
    """A channel would not: it is tried again, or the next way is taken."""
    log.warning("notice_not_sent", notice=row["notice_id"], channel=channel, error=error)
    await tx.execute(
        "notices_not_sent", notice_id=row["notice_id"], channel=channel, address=address,
        error=error, next_try_ms=next_try_ms,
    )  # fmt: skip
    await _count(tx, "notices_retried")


async def no_way_left(tx: Transaction, row: Row, *, now_ms: int) -> None:
    """Every way is used up. What somebody took stays told; else it is given up and chased."""
    if row["state"] == "sent":
        await tx.execute("notices_wait", notice_id=row["notice_id"], next_try_ms=0)
        return
    await tx.execute("notices_give_up", notice_id=row["notice_id"], error=NO_WAY)
    await _count(tx, "notices_failed")
    await _told(tx, row, {"outcome": "given_up", "attempts": int(row["attempts"])}, now_ms)
    if not row["alert_id"]:
        return
    await _trail(tx, row, "notice_failed", now_ms, cause=f"{row['notice_id']}:{row['attempts']}",
                 ground=row["kind"])  # fmt: skip
    await _chase(tx, row, now_ms)


async def delivered(tx: Transaction, row: Row, *, at_ms: int, receipt_id: str) -> None:
    """A receipt says that it arrived. ``row`` is of ``notices_attempt``."""
    await tx.execute(
        "notices_outcome", attempt_id=row["attempt_id"], outcome="delivered", detail=""
    )
    await tx.execute("notices_delivered", notice_id=row["notice_id"], at_ms=at_ms)
    said = {"outcome": "delivered", "attempt_id": row["attempt_id"], "receipt_id": receipt_id}
    await _told(tx, row, said, at_ms)


async def undelivered(
    tx: Transaction, row: Row, *, at_ms: int, now_ms: int, receipt_id: str, detail: str
) -> None:
    """A receipt says that it did not arrive: the next way is taken."""
    await tx.execute(
        "notices_outcome", attempt_id=row["attempt_id"], outcome="failed", detail=detail
    )
    await tx.execute(
        "notices_undelivered", notice_id=row["notice_id"], error=detail or "undelivered",
        now_ms=now_ms,
    )  # fmt: skip
    await _count(tx, "notices_undelivered")
    said = {"outcome": "undelivered", "attempt_id": row["attempt_id"], "receipt_id": receipt_id}
    await _told(tx, row, said, at_ms)


async def opened(tx: Transaction, row: Row, *, now_ms: int) -> None:
    """The party opened its link for the first time. ``row`` is of ``party_links``."""
    await tx.execute("notices_read", notice_id=row["notice_id"], now_ms=now_ms)
    await _told(tx, row, {"outcome": "opened"}, now_ms)
    await _trail(tx, row, "notice_opened", now_ms, cause=row["notice_id"], ground="")


async def served(
    tx: Transaction, row: Row, *, service_id: str, how: str, by: str, at_ms: int
) -> None:
    """It was served on paper: no way is tried any more. ``row`` is of ``notices_paper``."""
    await tx.execute("notices_served", notice_id=row["notice_id"], at_ms=at_ms)
    said = {"outcome": "served", "how": how, "service_id": service_id, "officer": by}
    await _told(tx, row, said, at_ms)
    if not row["alert_id"]:
        return
    await _trail(tx, row, "notice_told", at_ms, cause=service_id, ground=f"{row['kind']} {how}",
                 actor=by)  # fmt: skip
    if row["kind"] == "finding":
        await apply(tx, met("notice_told", row["alert_id"], at_ms=at_ms, by=by))
        if row["state"] != "sent":
            clock = started("party_answer", "alert", row["alert_id"], at_ms=at_ms,
                            party_id=row["party_id"])  # fmt: skip
            await apply(tx, clock)


async def _chase(tx: Transaction, row: Row, now_ms: int) -> None:
    unit = await tx.rows("notices_leaders", unit_id=row["unit_id"])
    for officer_id in [row["assignee"]] if row["assignee"] else [r["officer_id"] for r in unit]:
        message = told_officer(
            officer_id,
            subject=f"告知未送达 / The party was not reached: {row['subject']}",
            body=(
                f"所有电子方式均未送达，请书面送达并登记：/alerts/{row['alert_id']}\n"
                "Every electronic way failed. Serve it on paper and record it: "
                f"/alerts/{row['alert_id']}"
            ),
            cause=f"{row['notice_id']}:{row['attempts']}", at_ms=now_ms,
        )  # fmt: skip
        await put(tx, message)


async def _told(tx: Transaction, row: Row, said: dict[str, Any], at_ms: int) -> None:
    body = {"notice_id": row["notice_id"], "alert_id": row["alert_id"] or "", **said}
    await log_leaf(
        tx, Leaf(kind=Kind.NOTICE, subject=str(row["notice_id"]), at_ms=at_ms, body=body)
    )


async def _trail(
    tx: Transaction, row: Row, action: str, at_ms: int, *, cause: str, ground: str,
    actor: str = "vigil",
) -> None:  # fmt: skip
    save = event(
        str(row["alert_id"]), action, at_ms, cause=digest_id(cause), ground=ground, actor=actor
    )
    await tx.execute(save.statement, **save.params)


async def _count(tx: Transaction, name: str) -> None:
    await tx.execute_many("notices_count", [{"name": name}])
