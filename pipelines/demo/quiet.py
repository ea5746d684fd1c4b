"""Owns knowing when everything sent has been dealt with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from infra.stack.processes import StackError
from pipelines.log import end_offsets
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.worker import STAGES

READ_TOPICS = {stage.topic: stage.name for stage in STAGES}
"""Topic to the stage that reads it."""


class NotQuiet(StackError):
    """Work was still waiting when patience ended; the text says which."""


async def lag(settings: Settings, database: Database) -> dict[str, int]:
    """What waits: messages by topic, and rows by table; empty when all is done."""
    ends = await end_offsets(settings.bootstrap, list(READ_TOPICS))
    done = {
        (row["stage"], row["partition"]): row["next_offset"]
        for row in await database.rows("quiet_offsets", log_id=settings.log_id)
    }
    waiting: dict[str, int] = {}
    for (topic, partition), end in ends.items():
        behind = end - done.get((READ_TOPICS[topic], partition), 0)
        if behind > 0:
            waiting[topic] = waiting.get(topic, 0) + behind
    rows = await database.row("quiet_rows")
    waiting |= {name: count for name, count in (rows or {}).items() if count}
    return waiting


async def until_quiet(
    settings: Settings,
    database: Database,
    *,
    check: Callable[[], None],
    tell: Callable[[str], None],
    timeout_s: float = 180,
) -> None:
    """Returns when nothing waits, twice in a row.

    Raises:
        NotQuiet: it takes longer than ``timeout_s``.
    """
    until = time.monotonic() + timeout_s
    quiet = 0
    while quiet < 2:  # noqa: PLR2004  twice: a relay may be between the outbox and the log
        check()
        waiting = await lag(settings, database)
        quiet = 0 if waiting else quiet + 1
        tell(", ".join(f"{name} {count}" for name, count in waiting.items()) or "nothing waits")
        if time.monotonic() > until:
            raise NotQuiet(f"still waiting after {timeout_s:.0f} s: {waiting}")
        await asyncio.sleep(0.5)
