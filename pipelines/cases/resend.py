"""Owns what people do with a case's sendings: send again, draw up anew, open the address again."""

from __future__ import annotations

from pipelines import codec, topics
from pipelines.alerts.trail import ACTOR, event
from pipelines.cases.verdicts import CORRECTED
from pipelines.errors import BadMessage
from pipelines.runtime import apply_effects
from pipelines.stage import Save
from pipelines.store import Database, Transaction


async def resend(
    database: Database, case_id: str = "", *, by: str = ACTOR, now_ms: int
) -> list[str]:
    """Queues undelivered sendings again, or one case's, whose newest may also be a refused one.

    Returns:
        The ids of the sendings queued; empty when there was nothing to send.
    """
    async with database.transaction() as tx:
        rows = await tx.rows("cases_to_resend", case_id=case_id)
        for row in rows:
            told = event(
                row["alert_id"], "case_resent", now_ms, cause=f"{row['sending_id']}:{now_ms}",
                ground=row["sending_id"],
            )  # fmt: skip
            told = Save(told.statement, {**told.params, "actor": by})
            again = Save("cases_again", {"sending_id": row["sending_id"]})
            projected = Save("cases_project", {"case_id": row["case_id"]})
            await apply_effects(tx, [again, projected, told], now_ms=now_ms)
    return [row["sending_id"] for row in rows]


async def correct(
    tx: Transaction, case_id: str, *, by: str, reason: str, words: str = "", now_ms: int
) -> None:
    """Asks for the next revision of a case; none is made where what it says has not changed.

    Args:
        by: who asks; ``vigil`` for the pipeline itself, as when the party answered.
        reason: a short code, told with the revision: ``corrected``, ``party_answered``, ...

    Raises:
        BadMessage: ``unknown_case``.
    """
    case = await tx.row("cases_one", case_id=case_id)
    if case is None:
        raise BadMessage("unknown_case", f"no case {case_id}")
    alert_id, cause = case["alert_id"], f"{case_id}:{reason}:{now_ms}"
    told = event(
        alert_id, "case_correction_asked", now_ms, cause=cause, reason_code=reason, ground=words
    )
    verdict = codec.VerdictMessage(
        event_id=str(told.params["event_id"]), alert_id=alert_id, party_id=case["party_id"],
        verdict=CORRECTED, reason_code=reason, actor=by, at_ms=now_ms,
    )  # fmt: skip
    await apply_effects(tx, [Save(told.statement, {**told.params, "actor": by})], now_ms=now_ms)
    await tx.execute(
        "runtime_emit", topic=topics.VERDICTS, key=case["party_id"].encode(),
        value=codec.encode(verdict),
    )  # fmt: skip


async def enable(database: Database, url: str, *, by: str) -> bool:
    """Opens an address again that answered 410; False when it was open."""
    async with database.transaction() as tx:
        closed = await tx.row("cases_endpoint", url=url)
        if closed is not None:
            await tx.execute("cases_enable", url=url, by=by)
    return closed is not None
