"""Binary COPY made by numpy stores the same rows as psycopg's own, value by value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.store import Database, pgcopy

TYPES = ("timestamptz", "int4", "float8", "int2")
FIELDS = [("time", "M8[ms]"), ("series_id", "i4"), ("value", "f8"), ("flag", "i2")]
MOMENTS_MS = (0, -1, 946_684_800_000, 946_684_799_999, 1_772_323_200_123, -2_208_988_800_000)
VALUES = (0.0, -0.0, -273.15, 1e-308, 0.1 + 0.2, -1.7e308)
EDGES = [
    (MOMENTS_MS[i], series, VALUES[i], flag)
    for i, (series, flag) in enumerate(
        [(1, 0), (-1, -1), (2**31 - 1, 2**15 - 1), (-(2**31), -(2**15)), (256, 1), (65536, 2)]
    )
]


def table(rows: list[tuple[int, int, float, int]]) -> NDArray[np.void]:
    return np.array(rows, FIELDS)


def stored(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT time, series_id, float8send(value), flag FROM readings ORDER BY time, series_id"
        ).fetchall()


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    async with Database(fresh_database_url, max_size=1) as opened:
        yield opened


async def test_columns_are_stored_as_rows_are(database: Database, fresh_database_url: str) -> None:
    rows = [(datetime.fromtimestamp(t / 1000, UTC), *rest) for t, *rest in EDGES]
    assert list(pgcopy.Table(table(EDGES))) == rows
    async with database.transaction() as tx:
        await tx.copy("readings_copy", TYPES, rows)
    by_row = stored(fresh_database_url)
    async with database.transaction() as tx:
        await tx.copy("readings_copy", TYPES, pgcopy.Table(table(EDGES)))
    both = stored(fresh_database_url)
    assert len(by_row) == len(EDGES)
    assert both == [row for row in by_row for _ in range(2)]


async def test_no_rows_are_no_rows(database: Database, fresh_database_url: str) -> None:
    async with database.transaction() as tx:
        await tx.copy("readings_copy", TYPES, pgcopy.Table(table([])))
    assert stored(fresh_database_url) == []


async def test_a_large_batch_arrives_whole(database: Database, fresh_database_url: str) -> None:
    count = 50_000
    rows = [(1_772_323_200_000 + n, n, n / 7, n % 3) for n in range(count)]
    async with database.transaction() as tx:
        await tx.copy("readings_copy", TYPES, pgcopy.Table(table(rows)))
    found = stored(fresh_database_url)
    assert [row[1] for row in found] == list(range(count))


@given(st.lists(st.tuples(
    st.integers(-(2**41), 2**42), st.integers(-(2**31), 2**31 - 1),
    st.floats(allow_nan=False), st.integers(-(2**15), 2**15 - 1),
)))  # fmt: skip
def test_bytes_are_those_of_the_format(rows: list[tuple[int, int, float, int]]) -> None:
    payload = pgcopy.payload(TYPES, table(rows))
    assert payload[:11] == b"PGCOPY\n\xff\r\n\0"
    assert payload[-2:] == b"\xff\xff"
    body = payload[19:-2]
    assert len(body) == 40 * len(rows)
    for number, (time_ms, series, value, flag) in enumerate(rows):
        row = body[40 * number :][:40]
        assert int.from_bytes(row[:2], "big") == 4
        assert int.from_bytes(row[2:6], "big") == 8
        assert int.from_bytes(row[6:14], "big", signed=True) == time_ms * 1000 - 946684800000000
        assert int.from_bytes(row[18:22], "big", signed=True) == series
        assert np.frombuffer(row[26:34], ">f8").tobytes() == np.float64(value).byteswap().tobytes()
        assert int.from_bytes(row[38:40], "big", signed=True) == flag


@pytest.mark.parametrize(
    ("types", "rows", "why"),
    [
        (("timestamptz", "int4", "float8", "text"), table([]), "no fixed width"),
        (TYPES[:3], table([]), "cannot be sent"),
        (("timestamptz", "int4", "float4", "int2"), table([]), "cannot be sent"),
        (TYPES, np.array([(np.datetime64("NaT"), 1, 1.0, 0)], FIELDS), "none"),
    ],
)
def test_what_does_not_fit_is_refused(
    types: tuple[str, ...], rows: NDArray[np.void], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        pgcopy.payload(types, rows)
