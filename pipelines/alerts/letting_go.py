"""Owns looking after held alerts: what is explained no more, and still lasts, goes to the officers.

What has ended by then stays held: visible under that filter, counted, and nobody's work. Several
workers may do this at once; each takes rows that no other has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from pipelines.alerts.life import Life, life
from pipelines.alerts.opening import let_go, release_notice
from pipelines.errors import Transient
from pipelines.store import Database

POLL_S = 2.0
WHY = (
    "inhibitor_ended",  # what explained it ended, or was dismissed
    "silence_ended",
    "steady",  # it flaps no more: it stays bad
    "decided",  # what it was folded into was decided, and it lasts
)


async def let_go_due(database: Database, now_ms: int, *, rules: Life | None = None) -> list[str]:
    """Lets go of all that are due, and returns their ids.

    Raises:
        Transient: the database cannot be reached now; nothing was half done.
    """
    rules = rules or life()
    quiet_ms = {c: row.lasts_ms for c, row in rules.decided.items() if row.then == "fold"}
    async with database.transaction() as tx:
        due = await tx.rows(
            "alerts_to_let_go", now_ms=now_ms, settle_ms=rules.let_go.settle_ms,
            steady_ms=rules.flapping.steady_ms, quiet_ms=quiet_ms,
        )  # fmt: skip
        gone = [
            str(row["alert_id"])
            for row in due
            if await let_go(tx, row["alert_id"], why=row["why"], at_ms=now_ms)
        ]
        for row in await tx.rows("alerts_notices_freed"):
            await release_notice(tx, row["alert_id"], at_ms=now_ms)
    return gone


async def letting_go(database: Database, clock: Callable[[], int]) -> None:
    """Does so for ever; a database that is away is asked again."""
    while True:
        with contextlib.suppress(Transient):
            await let_go_due(database, clock())
        await asyncio.sleep(POLL_S)
