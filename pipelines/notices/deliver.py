"""Owns when a queued notice is tried, how often, and what is written of it."""

from __future__ import annotations

import random

import structlog

from pipelines.notices.channels import Channel, Notice, NotSent
from pipelines.store import Database, Transaction

log = structlog.get_logger()

ATTEMPTS = 8
FIRST_WAIT_MS = 60_000
LONGEST_WAIT_MS = 6 * 3_600_000
MOST_AT_ONCE = 200


async def deliver_due(database: Database, channel: Channel, now_ms: int) -> int:
    """Sends what is due and returns how many left; several workers may do so at once.

    A notice's row stays locked while it is sent. A crash between sending and committing sends it
    again, with the same Message-ID: twice told is better than not at all.

    Raises:
        Transient: the database cannot be reached.
    """
    sent = 0
    for _ in range(MOST_AT_ONCE):
        async with database.transaction() as tx:
            row = await tx.row("notices_next", now_ms=now_ms)
            if row is None:
                break
            sent += int(await _deliver(tx, channel, row, now_ms))
    return sent


def wait_ms(attempts: int, rng: random.Random) -> int:
    """How long to wait after that many failures: doubling, half of it by chance."""
    longest = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << (attempts - 1))
    return round(longest * rng.uniform(0.5, 1.0))


async def _deliver(tx: Transaction, channel: Channel, row: dict[str, object], now_ms: int) -> bool:
    notice = Notice(
        notice_id=str(row["notice_id"]),
        recipient=str(row["recipient"]),
        subject=str(row["subject"]),
        body=str(row["body"]),
        queued_ms=int(str(row["queued_ms"])),
    )
    try:
        await channel.send(notice)
    except NotSent as error:
        attempts = int(str(row["attempts"])) + 1
        await _not_sent(tx, channel, notice, attempts, error=str(error), now_ms=now_ms)
        return False
    await tx.execute(
        "notices_sent", notice_id=notice.notice_id, channel=channel.name, now_ms=now_ms
    )
    await tx.execute_many("notices_count", [{"name": "notices_sent"}])
    return True


async def _not_sent(
    tx: Transaction, channel: Channel, notice: Notice, attempts: int, *, error: str, now_ms: int
) -> None:
    given_up = attempts >= ATTEMPTS
    log.warning("notice_not_sent", notice=notice.notice_id, attempts=attempts, error=error)
    await tx.execute(
        "notices_not_sent",
        notice_id=notice.notice_id,
        channel=channel.name,
        state="failed" if given_up else "queued",
        error=error,
        next_try_ms=now_ms + wait_ms(attempts, random.SystemRandom()),
    )
    counted = "notices_failed" if given_up else "notices_retried"
    await tx.execute_many("notices_count", [{"name": counted}])
