"""Owns what an officer may do with an incident: take a finding out, or put incidents together.

What an officer has said stays: the stage never puts a finding anywhere else afterwards. Each act is
an entry in the trail of every finding it moves, with its ground, and a leaf.
"""

from __future__ import annotations

import hashlib

from detectors.types import digest_id
from pipelines.scoring import risk
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

GROUND_LIMIT = 2000


class BadRegrouping(Exception):
    """It cannot be done so; ``code`` names why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def detach(
    database: Database, incident_id: str, alert_id: str, *, unit_id: str, by: str, ground: str,
    now_ms: int,
) -> None:  # fmt: skip
    """Takes a finding out of its incident; what the others added to its risk goes with it.

    Raises:
        BadRegrouping: no such finding in it, or no ground.
        Transient: the database cannot be reached.
    """
    _check(ground)
    async with database.transaction() as tx:
        members = await tx.rows("incident_lock", incident_id=incident_id, unit_id=unit_id)
        one = next((row for row in members if row["alert_id"] == alert_id), None)
        if one is None:
            raise BadRegrouping("not_a_member")
        await _move(tx, one, "detached", "", by=by, ground=ground, now_ms=now_ms)
        await _lower(tx, one, now_ms)


async def merge(
    database: Database, incident_id: str, into: str, *, unit_id: str, by: str, ground: str,
    now_ms: int,
) -> None:  # fmt: skip
    """Puts one incident's findings, or a single finding by its id, into another incident.

    Raises:
        BadRegrouping: either does not exist, they are one, of two sites, or there is no ground.
        Transient: the database cannot be reached.
    """
    _check(ground)
    if incident_id == into:
        raise BadRegrouping("the_same")
    async with database.transaction() as tx:
        there = await tx.rows("incident_lock", incident_id=into, unit_id=unit_id)
        moved = await tx.rows("incident_lock_any", wanted=incident_id, unit_id=unit_id)
        if not there or not moved:
            raise BadRegrouping("no_such_incident")
        if {row["site_id"] for row in moved} != {row["site_id"] for row in there}:
            raise BadRegrouping("another_site")
        if moved[0]["alert_id"] in {row["alert_id"] for row in there}:
            raise BadRegrouping("the_same")
        for one in moved:
            await _move(tx, one, "merged", into, by=by, ground=ground, now_ms=now_ms)
        for incident in sorted({row["incident_id"] for row in moved} - {"", into}):
            if not await tx.rows("incident_lock", incident_id=incident, unit_id=unit_id):
                await tx.execute("incident_merged", incident_id=incident, into=into, by=by)


def _check(ground: str) -> None:
    if not ground.strip():
        raise BadRegrouping("ground_missing")
    if len(ground) > GROUND_LIMIT:
        raise BadRegrouping("ground_too_long")


async def _move(
    tx: Transaction, alert: Row, action: str, to: str, *, by: str, ground: str, now_ms: int
) -> None:
    alert_id, words = str(alert["alert_id"]), ground.strip()
    event_id = digest_id("incident", alert_id, action, alert["incident_id"], to, str(now_ms))
    await tx.execute("incident_set", alert_id=alert_id, incident_id=to, by=by)
    await tx.execute(
        "alerts_act", event_id=event_id, alert_id=alert_id, at_ms=now_ms, actor=by,
        action=action, reason_code="", ground=words,
    )  # fmt: skip
    body = {
        "alert_id": alert_id, "act": action, "from": alert["incident_id"], "to": to,
        "officer": by, "ground_sha256": hashlib.sha256(words.encode()).hexdigest(),
    }  # fmt: skip
    await log(tx, Leaf(kind=Kind.INCIDENT, subject=alert_id, at_ms=now_ms, body=body))


async def _lower(tx: Transaction, alert: Row, now_ms: int) -> None:
    """Takes back what another device's finding had added to the risk."""
    parts = alert["contributions"] or {}
    if "corroborated" not in parts:
        return
    score = risk.corroborate(parts, by_another=False)
    await tx.execute(
        "alerts_corroborated", alert_id=alert["alert_id"], score=score.value,
        model_version=score.model_version, contributions=score.contributions, at_ms=now_ms,
    )  # fmt: skip
