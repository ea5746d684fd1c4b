"""Owns what happens to clocks by themselves: breaches are marked, people told, each exactly once.

The mark and the messages about it are written in one transaction; another worker's rows are passed
over. Now is an argument. Must not send: ``pipelines/notices`` does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from detectors.types import digest_id
from pipelines.clocks.due import Telling, next_ms, tellings
from pipelines.clocks.keep import recount, terms_of
from pipelines.clocks.words import message
from pipelines.errors import Transient
from pipelines.notices.queue import put, told_officer
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database, Transaction

log = structlog.get_logger()
POLL_S = 2.0
AT_ONCE = 100
_SWEEP_EVERY = 30  # looks: what alerts show of their nearest end is compared that often


@dataclass(slots=True, kw_only=True)
class Looked:
    """What one look came to."""

    clocks: int = 0
    breached: int = 0
    warned: int = 0
    escalated: int = 0


async def watching(
    database: Database, settings: Settings, *, clock: Callable[[], int] = wall_clock_ms
) -> None:
    """Runs until cancelled."""
    turn = 0
    while True:
        with contextlib.suppress(Transient):  # it is tried again soon
            seen = await look(database, clock(), public_url=settings.public_url)
            if seen.clocks >= AT_ONCE:
                continue
            if turn % _SWEEP_EVERY == 0:
                await database.execute("clocks_show_nearest")
            turn += 1
        await asyncio.sleep(POLL_S)


async def look(database: Database, now_ms: int, *, public_url: str = "") -> Looked:
    """One look at the clocks for which something is due by now.

    Raises:
        Transient: the database cannot be reached.
    """
    seen = Looked()
    async with database.transaction() as tx:
        await recount(tx)
        for row in await tx.rows("clocks_to_look_at", now_ms=now_ms, at_once=AT_ONCE):
            seen.clocks += 1
            await _one(tx, row, now_ms, seen, public_url)
    return seen


async def _one(
    tx: Transaction, row: dict[str, Any], now_ms: int, seen: Looked, public_url: str
) -> None:
    over = now_ms > row["due_ms"]
    if over and row["state"] == "running":
        await tx.execute(
            "clocks_breach", clock_id=row["clock_id"], at_ms=row["due_ms"],
            event_id=digest_id("clock", row["clock_id"], "breached", str(row["due_ms"])),
        )  # fmt: skip
        seen.breached += 1
    for telling in _last_of_each(row, now_ms, over=over):
        if await _tell(tx, row, telling, now_ms, public_url):
            seen.warned += telling.action == "warned"
            seen.escalated += telling.action == "escalated"
    heard = row["heard_ms"] is not None
    later = next_ms(terms_of(row), row["started_ms"], row["due_ms"], now_ms)
    await tx.execute(
        "clocks_look_again", clock_id=row["clock_id"], next_ms=None if heard and over else later
    )


def _last_of_each(row: dict[str, Any], now_ms: int, *, over: bool) -> list[Telling]:
    """What to tell now: after a standstill of ours only the newest, and no warning of the past."""
    wanted = "escalated" if over else "warned"
    if over and row["heard_ms"] is not None:
        return []
    found = tellings(terms_of(row), row["started_ms"], row["due_ms"])
    return list({t.to: t for t in found if t.at_ms <= now_ms and t.action == wanted}.values())


async def _tell(
    tx: Transaction, row: dict[str, Any], telling: Telling, now_ms: int, public_url: str
) -> bool:
    """Tells those whom it concerns, unless that was done."""
    holder = str(row["held_by"])
    to = "unit" if telling.to == "holder" and not holder else telling.to
    people = [holder]
    if to != "holder":
        found = await tx.rows("clocks_people", unit_id=row["unit_id"], to=to)
        people = [str(one["officer_id"]) for one in found]
    event_id = digest_id("clock", row["clock_id"], telling.name, str(row["due_ms"]))
    first = await tx.execute(
        "clocks_tell", event_id=event_id, clock_id=row["clock_id"], at_ms=telling.at_ms,
        action=telling.action, told=" ".join(people), ground=telling.name,
    )  # fmt: skip
    if not first:
        return False
    if not people:
        log.warning("nobody to tell of a clock", clock=row["clock_id"], unit=row["unit_id"], to=to)
    text = message(row, telling, public_url=public_url)
    for officer_id in people:
        await put(
            tx, told_officer(officer_id, subject=text.subject, body=text.body,
                             cause=event_id, at_ms=now_ms),
        )  # fmt: skip
    return True
