"""Rows made before alerts had a life, tries a record and cases a contract are carried over."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from yoyo import get_backend, read_migrations

import infra
from pipelines.store import Database
from pipelines.store.migrate import migrate

BEFORE = "0118.alert_life"
OLD: LiteralString = """
INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng');
INSERT INTO parties VALUES ('p', 'd', '113307023369256057', '馆', 'Pool', 'a@b.c');
INSERT INTO sites (site_id, party_id, kind, name_zh, name_en, hours) VALUES
    ('s', 'p', 'pool', '馆', 'Hall', '{"spans": [[],[],[],[],[],[],[]]}');
INSERT INTO devices (device_id, kind, model) VALUES ('probe', 'sensor', 'P');
INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id, device_id, place,
    start_ms, detected_ms, unit, inputs, staged, state, grade, grade_reasons, risk, input_at_ms,
    stored_at_ms)
SELECT 'a' || n, 'r', '1', 'high', 'p', 's', 'probe', 'main', n, n, '', '{}', false,
    (ARRAY['open', 'acknowledged', 'confirmed', 'dismissed'])[n], 'evidence', '[]', 0.5, n, n
FROM generate_series(1, 4) n;
INSERT INTO notices (notice_id, alert_id, party_id, channel, recipient, subject, body, state,
    next_try_ms, queued_ms)
VALUES ('sent', 'a1', 'p', 'smtp', 'a@b.c', 't', 't', 'sent', 5, 5),
    ('queued', 'a2', 'p', '', 'a@b.c', 't', 't', 'queued', 5, 5);
INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms)
VALUES ('c', 'a3', 'p', '{}', 'acknowledged', 9);
"""


@pytest.fixture
def old_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of the schema before, with alerts, notices and a case in it."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlsplit(database_url)._replace(path=f"/{name}").geturl()
    for path in (Path(infra.__file__).parent / "migrations").glob("*.sql"):
        if path.stem < BEFORE:
            shutil.copy(path, tmp_path)
    with get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1)) as backend:
        backend.apply_migrations(backend.to_apply(read_migrations(str(tmp_path))))
    with psycopg.connect(url) as connection:
        connection.execute(OLD)
    yield url
    with psycopg.connect(database_url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


async def test_older_alerts_notices_and_cases_are_carried_over(old_url: str) -> None:
    """OFF-15: nobody is told anew of what they were told before; what waited still waits."""
    assert BEFORE in migrate(old_url)
    async with Database(old_url, max_size=1) as database:
        due = await database.row("notices_next", now_ms=10)
        rows = await database.query("SELECT notice_id FROM notices WHERE next_try_ms > 0")
        units = await database.query("SELECT DISTINCT unit_id FROM alerts")
        case = await database.row("cases_one", case_id="c")
    assert due is not None
    assert due["notice_id"] == "queued"
    assert [row["notice_id"] for row in rows] == ["queued"], "what was sent is not sent again"
    assert units == [{"unit_id": "authority"}]
    assert case is not None
    assert case["state"] == "acknowledged"
