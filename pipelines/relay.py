"""Owns the way from the outbox to the log. One relay at a time over all workers, in commit order.

A crash between sending and forgetting sends again: receivers work by ids that are digests, so
twice is once.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from pipelines import metrics
from pipelines.errors import Transient
from pipelines.log import LogWriter
from pipelines.store import Database

log = structlog.get_logger()
POLL_S = 0.25


async def relay_once(database: Database, writer: LogWriter) -> int:
    """Sends what waits and returns how much that was; 0 also when another relay is at work."""
    async with database.transaction() as tx:
        claim = await tx.row("relay_claim")
        if claim is None or not claim["claimed"]:
            return 0
        waiting = await tx.rows("relay_waiting")
        async with asyncio.TaskGroup() as sending:
            for row in waiting:
                sending.create_task(
                    writer.send(row["topic"], bytes(row["key"]), bytes(row["value"]))
                )
        if waiting:
            await tx.execute("relay_done", ids=[row["outbox_id"] for row in waiting])
        return len(waiting)


async def relay(database: Database, writer: LogWriter, committed: asyncio.Event) -> None:
    """Runs until cancelled; ``committed`` wakes it early."""
    while True:
        sent = 0
        try:
            sent = await relay_once(database, writer)
        except* Transient as errors:
            log.warning("relay waits", why=str(errors.exceptions[0]))
            await asyncio.sleep(1)
        metrics.OUTBOX.set(sent)
        if sent == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(committed.wait(), POLL_S)
            committed.clear()
