"""Owns putting cases that were not taken back on their topic, through the outbox."""

from __future__ import annotations

from pipelines import codec, topics
from pipelines.store import Database


async def resend(database: Database, case_id: str = "") -> list[str]:
    """Queues pending and undelivered cases again, or one case, which may also be a refused one.

    Returns:
        The ids queued; empty when there was nothing to send.
    """
    async with database.transaction() as tx:
        rows = await tx.rows("cases_to_resend", case_id=case_id)
        for row in rows:
            message = codec.CaseMessage(case_id=row["case_id"])
            await tx.execute("cases_again", case_id=row["case_id"])
            await tx.execute(
                "runtime_emit",
                topic=topics.CASES,
                key=row["case_id"].encode(),
                value=codec.encode(message),
            )
    return [row["case_id"] for row in rows]
