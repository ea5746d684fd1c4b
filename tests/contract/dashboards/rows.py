"""A believable authority for the dashboards' tests, inserted straight into the tables."""

from __future__ import annotations

from pathlib import Path

import psycopg

from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.alerted import alerts
from tests.contract.dashboards.moments import (
    CAMERA_ALERT,
    HOUR,
    NOW_MS,
    PASSWORD,
    POOL_ALERT,
    SEALING_ALERT,
    STAGED_ALERT,
    moment,
)
from tests.contract.dashboards.registered import officers, register
from tests.contract.dashboards.surroundings import around, losses, readings, sealed

__all__ = [
    "CAMERA_ALERT",
    "HOUR",
    "NOW_MS",
    "PASSWORD",
    "POOL_ALERT",
    "SEALING_ALERT",
    "STAGED_ALERT",
    "authority",
    "insert_case",
]


def authority(
    url: str, objects: FolderVault, *, clip: Path | None = None, now_ms: int = NOW_MS
) -> None:
    """Fills an empty, migrated database; ``clip`` is the camera alert's video."""
    inserts = [
        *officers(),
        *register(now_ms),
        *alerts(now_ms),
        *around(now_ms),
        *sealed(objects, clip, now_ms),
        *losses(now_ms),
    ]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, row in inserts:
            names = ", ".join(row)
            holes = ", ".join(f"%({name})s" for name in row)
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({holes})".encode(), row)  # noqa: S608
        cursor.executemany(
            "INSERT INTO readings (time, series_id, value, flag) VALUES (%s, %s, %s, %s)",
            list(readings(now_ms)),
        )
        cursor.execute(
            "INSERT INTO readings_1h SELECT date_bin('1 hour', time, 'epoch'), series_id, count(*),"
            " min(value), max(value), avg(value), max(value),"
            " avg((value BETWEEN 0.3 AND 1.0)::integer) FROM readings GROUP BY 1, 2"
        )
        cursor.executemany(
            "INSERT INTO observations (time, camera_id, people, brightness, contrast, sharpness,"
            " frame_sha256) VALUES (%s, 'cam-pool-1', %s, 118, 41, 900, 'f')",
            [(moment(now_ms - n * 10_000), 3 + n % 4) for n in range(120)],
        )


def insert_case(url: str) -> None:
    """A case of the pool's alert that the case system may answer."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms)"
            " VALUES ('case-1', %s, 'pool', 'x', 'acknowledged', %s)",
            (POOL_ALERT, NOW_MS),
        )
