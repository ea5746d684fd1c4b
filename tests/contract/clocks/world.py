"""Two units, their officers, one party with one site; alerts as wanted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg

from pipelines.clocks.keep import apply
from pipelines.records.working_days import ZONE
from pipelines.stage import Save
from pipelines.store import Database

HOUR, DAY = 3_600_000, 86_400_000
_REGISTRY = """
INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng');
INSERT INTO units VALUES ('north', '北所', 'North'), ('south', '南所', 'South');
INSERT INTO parties VALUES ('p', 'd', '91330702MA28E1KQ3B', '蓝波', 'Blue Wave', 'p@example.org');
INSERT INTO sites (site_id, party_id, kind, name_zh, name_en, hours, unit_id) VALUES
    ('s', 'p', 'pool', '主馆', 'Main hall', '{"spans":[],"zone":"Asia/Shanghai"}', 'north');
INSERT INTO devices (device_id, kind, model) VALUES ('cam', 'camera', 'C-1');
INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id) VALUES
    ('lead', '领', 'Lead', 'leader', '', 'north'),
    ('wang', '王', 'Wang', 'officer', '', 'north'),
    ('li', '李', 'Li', 'officer', '', 'north'),
    ('ana', '析', 'Ana', 'analyst', '', 'north'),
    ('far', '远', 'Far', 'leader', '', 'south'),
    ('south', '南', 'South', 'officer', '', 'south');
"""


def at(text: str) -> int:
    """Beijing time as epoch milliseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@dataclass
class World:
    """A database and what is in it."""

    database: Database
    url: str

    def register(self) -> None:
        """Who supervises what."""
        self.run(_REGISTRY)

    def run(self, text: str, *values: object) -> None:
        """Plain SQL, committed."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(text.encode(), values or None)

    def sql(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of plain SQL."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(text.encode(), values or None).fetchall()

    def alert(self, alert_id: str, *, at_ms: int, state: str = "open", assignee: str = "") -> None:
        """An alert before the officers."""
        self.run(
            "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
            " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
            " grade_reasons, risk, input_at_ms, stored_at_ms, assignee) VALUES (%s, 'r', '1',"
            " 'high', 'p', 's', 'cam', 'main', %s, %s, '', '{}', false, %s, 'evidence', '[]', 0.5,"
            " %s, %s, %s)",
            alert_id, at_ms, at_ms, state, at_ms, at_ms, assignee,
        )  # fmt: skip

    async def keep(self, *effects: Save) -> int:
        """Carries clocks' effects out in a transaction."""
        async with self.database.transaction() as tx:
            return await apply(tx, *effects)

    def clock(self, kind: str, subject_id: str) -> dict[str, Any]:
        """The latest clock of a kind and subject."""
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            found = connection.execute(
                "SELECT * FROM clocks WHERE kind = %s AND subject_id = %s ORDER BY round DESC",
                (kind, subject_id),
            ).fetchone()
        assert found is not None, f"no clock {kind} of {subject_id}"
        return found

    def actions(self, kind: str, subject_id: str) -> list[str]:
        """What happened to clocks of a kind and subject, in order."""
        rows = self.sql(
            "SELECT action FROM clock_events WHERE kind = %s AND subject_id = %s"
            " ORDER BY at_ms, action", kind, subject_id,
        )  # fmt: skip
        return [row[0] for row in rows]
