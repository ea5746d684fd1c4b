"""What is known of parts and clocks, asked of a real database by those who pin evidence."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pipelines.store import Database

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SHA = "{:064x}".format


async def asked(url: str, name: str, **params: object) -> list[dict[str, Any]]:
    """One query's rows."""
    async with Database(url, max_size=1) as database:
        return await database.rows(name, **params)


@pytest.fixture
def devices(fresh_database_url: str) -> str:
    """A camera and a probe."""
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO devices (device_id, kind, model) VALUES ('cam', 'camera', 'C'),"
            " ('probe', 'sensor', 'P')"
        )
    return fresh_database_url


async def test_parts_of_a_span_are_found_however_long(fresh_database_url: str) -> None:
    """Neighbours that only touch the span are no part of it; one that began hours before is."""
    rows = [
        ("cam", 0, 3 * HOUR_MS, SHA(1)),  # a stream with one keyframe
        ("cam", 3 * HOUR_MS, 3 * HOUR_MS + 1000, SHA(2)),
        ("cam", 3 * HOUR_MS + 1000, 3 * HOUR_MS + 2000, SHA(3)),
        ("other", 0, DAY_MS, SHA(4)),
    ]
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        for row in rows:
            connection.execute("INSERT INTO recording_parts VALUES (%s, %s, %s, %s, 9, 0)", row)

    async def found(from_ms: int, to_ms: int) -> list[str]:
        span = {"camera_id": "cam", "from_ms": from_ms, "to_ms": to_ms}
        return [row["sha256"] for row in await asked(fresh_database_url, "custody_parts", **span)]

    at = 3 * HOUR_MS
    assert await found(at - 1000, at) == [SHA(1)]
    assert await found(at - 1, at + 1) == [SHA(1), SHA(2)]
    assert await found(at, at + 1000) == [SHA(2)]
    assert await found(at + 999, at + 9000) == [SHA(2), SHA(3)]
    assert await found(at + 2000, at + 9000) == []


def _note(connection: psycopg.Connection[Any], *values: object) -> None:
    connection.execute("INSERT INTO capture_clocks VALUES (%s, %s, %s, %s, %s, %s, NULL)", values)


async def test_a_cameras_clock_is_that_of_the_connection_of_the_moment(devices: str) -> None:
    """AV-10, AV-16: how far the times of a clip may be off is what the node noted of the recorded
    stream's connection at that moment, not of a later or of the other stream's.
    """
    with psycopg.connect(devices, autocommit=True) as connection:
        _note(connection, "cam", "main", 1000, HOUR_MS, -40, 15)
        _note(connection, "cam", "sub", 1500, HOUR_MS, -90, 70)
        _note(connection, "cam", "main", 2 * HOUR_MS, 3 * HOUR_MS, 5000, 12)

    async def clock(at_ms: int) -> list[tuple[Any, ...]]:
        rows = await asked(devices, "custody_clock", device_id="cam", at_ms=at_ms)
        return [tuple(row.values()) for row in rows]

    assert await clock(999) == []
    assert await clock(HOUR_MS) == [(-40, 15)]
    assert await clock(2 * HOUR_MS + 5) == [(5000, 12)]
    assert await clock(9 * HOUR_MS) == [(5000, 12)]


async def test_a_probes_clock_is_that_of_its_check_as_far_as_arrivals_allow(devices: str) -> None:
    """AV-16: the check in force says the offset, the least delay of its messages how sure it is;
    what nobody knows is not made up.
    """
    batch = (
        "INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms,"
        " partition, message_offset, watermark_ms, original) VALUES (%s, 'probe', %s, %s, %s, %s,"
        " 0, %s, 0, '')"
    )
    check = "INSERT INTO documents (document_id, device_id, kind, number, issued_by, valid_from_ms, valid_to_ms, clock_offset_ms) VALUES (%s, 'probe', 'clock_check', '1', 'a', %s, %s, %s)"  # noqa: E501
    with psycopg.connect(devices, autocommit=True) as connection:
        for number, delay_ms in enumerate((900, 260, 4000)):
            at_ms = DAY_MS + number * 60_000
            row = (SHA(number), number, at_ms + delay_ms, at_ms, at_ms, number)
            connection.execute(batch, row)
        connection.execute(check, ("old", 0, DAY_MS // 2, 7000))
        connection.execute(check, ("now", DAY_MS // 2, 2 * DAY_MS, 40))

    async def clock(at_ms: int) -> list[tuple[Any, ...]]:
        rows = await asked(devices, "custody_clock", device_id="probe", at_ms=at_ms)
        return [tuple(row.values()) for row in rows]

    assert await clock(DAY_MS + 180_000) == [(40, 300)]  # it is at most 260 ms behind, says arrival
    assert await clock(DAY_MS // 4) == [(7000, None)]
    assert await clock(3 * DAY_MS) == []
    assert await asked(devices, "custody_clock", device_id="nobody", at_ms=0) == []
