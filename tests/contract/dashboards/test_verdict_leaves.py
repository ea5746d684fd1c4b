"""What an officer decided is in the log, in the transaction in which it was decided, and once."""

from __future__ import annotations

import asyncio
import hashlib

import httpx

from pipelines.store import Database
from pipelines.transparency.leaf import Kind
from tests.contract.dashboards.rows import POOL_ALERT
from tests.contract.runtime.leaves import waiting

MOVES = f"/api/alerts/{POOL_ALERT}/moves"
GROUND = "现场复测 1.6 mg/L"


async def test_each_move_is_a_leaf_without_its_words(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """OFF-16: who decided what, upon which state and when cannot be changed later; the ground is
    held by its digest, as it may name people.
    """
    await officer.post(MOVES, json={"action": "acknowledge"})
    await officer.post(MOVES, json={"action": "confirm", "ground": f" {GROUND} "})
    seen, decided = await waiting(database, Kind.VERDICT)
    assert (seen.body["action"], seen.body["from"], seen.body["to"]) == (
        "acknowledged", "open", "acknowledged",
    )  # fmt: skip
    (event,) = await database.query(
        "SELECT event_id, at_ms FROM alert_events WHERE action = 'confirmed'"
    )
    assert (decided.subject, decided.at_ms) == (POOL_ALERT, event["at_ms"])
    assert decided.body == {
        "alert_id": POOL_ALERT, "event_id": event["event_id"], "action": "confirmed",
        "officer": "3301", "reason_code": "", "from": "acknowledged", "to": "confirmed",
        "ground_sha256": hashlib.sha256(GROUND.encode()).hexdigest(),
    }  # fmt: skip


async def test_what_was_not_decided_is_no_leaf(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """A double click is one leaf; a stale or incomplete move none."""
    confirm = {"action": "confirm", "ground": GROUND}
    await asyncio.gather(*(officer.post(MOVES, json=confirm) for _ in range(2)))
    late = {"action": "dismiss", "reason_code": "other", "ground": "too late"}
    assert (await officer.post(MOVES, json=late)).status_code == 409
    assert (await officer.post(MOVES, json={"action": "confirm"})).status_code == 422
    leaves = await waiting(database, Kind.VERDICT)
    assert [leaf.body["action"] for leaf in leaves] == ["confirmed"]
