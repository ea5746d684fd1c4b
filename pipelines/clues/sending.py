"""Owns the way back to a platform by HTTP: receipts and results from the outbox, each until taken.

A message keeps its id and its bytes at every try, so that the receiver knows it again. What it will
not take becomes a dead letter, which somebody may send again. Must not write what it sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

import httpx
import structlog

from detectors.types import digest_id
from pipelines.cases.signing import headers_for
from pipelines.clues.platforms import Platform, Platforms, load
from pipelines.errors import Transient
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

log = structlog.get_logger()
POLL_S = 2.0
ABREAST = 4
LEASE_MS = 60_000
"""A message that somebody took to send and did not report on is sent again after this."""
FIRST_WAIT_MS, LONGEST_WAIT_MS, TRIES = 1_000, 3_600_000, 20
_LATER = frozenset({408, 425, 429})
_DETAIL = 500


async def sending(
    database: Database, settings: Settings, *, clock: Callable[[], int] = wall_clock_ms
) -> None:
    """Runs until cancelled."""
    platforms = load(settings.clue_platforms)
    while True:
        with contextlib.suppress(Transient):  # it is tried again soon
            while await send_due(database, platforms, now_ms=clock(), clock=clock):
                pass
        await asyncio.sleep(POLL_S)


async def send_due(
    database: Database, platforms: Platforms, *, now_ms: int,
    clock: Callable[[], int] = wall_clock_ms, timeout_s: float = 10.0,
) -> int:  # fmt: skip
    """Sends what is due, several abreast but one at a time for each clue; returns how many."""
    reached = [p.id for p in platforms.values() if p.url]
    if not reached:
        return 0
    rows = await database.rows(
        "clues_claim", platforms=reached, now_ms=now_ms, until_ms=now_ms + LEASE_MS
    )
    gate = asyncio.Semaphore(ABREAST)
    async with httpx.AsyncClient(timeout=timeout_s, trust_env=False) as client:

        async def one(row: Row) -> None:
            async with gate:
                await _send(database, client, platforms[row["platform"]], row, clock)

        await asyncio.gather(*(one(row) for row in rows))
    return len(rows)


async def _send(
    database: Database, client: httpx.AsyncClient, platform: Platform, row: Row,
    clock: Callable[[], int],
) -> None:  # fmt: skip
    body = bytes(row["body"])
    headers = headers_for(platform.secret, row["message_id"], body, now_ms=clock())
    where = platform.url.rstrip("/") + f"/clues/{row['kind']}"
    try:
        answer = await client.post(
            where, content=body, headers={**headers, "content-type": "application/json"}
        )
    except httpx.TransportError as error:
        await _failed(database, row, str(error) or type(error).__name__, 0, clock())
        return
    why = f"{answer.status_code} {answer.text[:_DETAIL]}"
    if answer.is_success:
        await _sent(database, row, answer.text, clock())
    elif answer.is_server_error or answer.status_code in _LATER:
        await _failed(database, row, why, _asked_ms(answer), clock())
    else:
        await _dead(database, row, why)


async def _sent(database: Database, row: Row, answer: str, now_ms: int) -> None:
    """Taken: a result that arrived closes its clue."""
    clue_id = row["clue_id"]
    async with database.transaction() as tx:
        await tx.execute(
            "clues_sent", message_id=row["message_id"], state="sent", now_ms=now_ms,
            answer=answer[:_DETAIL].replace("\0", ""),
        )  # fmt: skip
        if row["kind"] != "receipt":
            await tx.execute(
                "clues_close", clue_id=clue_id, event_id=digest_id(clue_id, "closed"),
                now_ms=now_ms, detail=row["message_id"],
            )  # fmt: skip


async def _failed(database: Database, row: Row, why: str, asked_ms: int, now_ms: int) -> None:
    if row["attempts"] >= TRIES:
        await _dead(database, row, why)
        return
    doubled = min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (row["attempts"] - 1))
    wait_ms = max(round(doubled * random.uniform(0.5, 1.5)), asked_ms)  # noqa: S311  jitter
    log.warning("clue message not taken", message=row["message_id"], why=why, wait_ms=wait_ms)
    await database.execute(
        "clues_try_again", message_id=row["message_id"], next_ms=now_ms + wait_ms,
        error=why[:_DETAIL].replace("\0", ""),
    )  # fmt: skip


async def _dead(database: Database, row: Row, why: str) -> None:
    log.error("clue message given up", message=row["message_id"], why=why)
    await database.execute(
        "clues_dead", message_id=row["message_id"], error=why[:_DETAIL].replace("\0", "")
    )


async def resend(database: Database, message_id: str, *, now_ms: int) -> list[str]:
    """Queues dead letters again: one, or all when empty. Doing it twice is safe."""
    rows = await database.rows("clues_resend", message_id=message_id, now_ms=now_ms)
    return [str(row["message_id"]) for row in rows]


def _asked_ms(answer: httpx.Response) -> int:
    """What Retry-After asks for, in ms; its date form is left to our own waiting."""
    text = answer.headers.get("retry-after", "")
    return min(int(text) * 1000, LONGEST_WAIT_MS) if text.isascii() and text.isdigit() else 0
