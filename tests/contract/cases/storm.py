"""Many cases with corrections in the outbox, a case system that fails, and what arrived there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg

from pipelines.cases.envelope import handed_over, sending_id
from pipelines.cases.payload import revised
from pipelines.cases.sample import sample_case
from tests.contract.cases.world import AT_MS, World

REVISIONS = 3


def queue(world: World, cases: int, revisions: int = REVISIONS) -> None:
    """Puts cases with corrections into the outbox, all due at once, newest revisions first."""
    contents = [b"clip", b"readings"]
    for content in contents:
        world.objects.put(content)
    with psycopg.connect(world.url) as connection:
        for number in range(cases):
            case_id, alert_id = f"storm-{number:05d}", f"storm-alert-{number:05d}"
            connection.execute(
                "INSERT INTO alerts VALUES (%s, 'pool-free-chlorine', '1', 'high', 'pool', 'hall',"
                " 'probe', 'main', NULL, %s, %s, NULL, 'mg/L', 1.8, 0.3, 1.0, '{}', false,"
                " 'confirmed', 'evidence', '[]', 50, 0, 0)", (alert_id, AT_MS, AT_MS),
            )  # fmt: skip
            facts = sample_case(case_id, contents, seed=b"storm")
            bodies = {
                n: handed_over("/storm", revised(facts, n, "corrected"), at_ms=AT_MS)
                for n in range(1, revisions + 1)
            }
            connection.execute(
                "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms,"
                " revision) VALUES (%s, %s, 'pool', %s, 'pending', %s, %s)",
                (case_id, alert_id, bodies[revisions], AT_MS, revisions),
            )
            for revision in sorted(bodies, reverse=True):
                connection.execute(
                    "INSERT INTO case_sendings (sending_id, case_id, revision, reason, body, state,"
                    " due_ms, created_ms) VALUES (%s, %s, %s, 'corrected', %s, 'pending', 0, %s)",
                    (sending_id(case_id, revision), case_id, revision, bodies[revision], AT_MS),
                )


def arrived(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """By case what the receiver holds, in the order in which it came: revision and receipt."""
    with sqlite3.connect(f"file:{folder}/cases.sqlite?mode=ro", uri=True) as held:
        rows = held.execute(
            "SELECT case_id, revision, receipt FROM cases ORDER BY place"
        ).fetchall()
    found: dict[str, list[tuple[int, str]]] = {}
    for case_id, revision, receipt in rows:
        found.setdefault(case_id, []).append((revision, receipt))
    return found


def acknowledged(world: World) -> dict[str, list[tuple[int, str]]]:
    """By case what we believe was taken, in order of revision."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in world.rows(
        "SELECT case_id, revision, receipt FROM case_sendings WHERE state = 'acknowledged'"
        " ORDER BY case_id, revision"
    ):
        found.setdefault(row["case_id"], []).append((row["revision"], row["receipt"]))
    return found
