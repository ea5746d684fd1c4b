"""Messages in the log: one leaf for each that is stored, whatever comes again; none in a replay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipelines.demo.authority import register
from pipelines.readings.leaves import LogBatches
from pipelines.registry.snapshot import load_registry
from pipelines.registry.write import write_register
from pipelines.replay import replay_stored
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.leaf import Kind
from tests.contract.readings.test_rejudge import GOOD, Pool
from tests.contract.runtime.leaves import waiting
from tests.unit.demo.known import DAY_START_MS


@pytest.fixture
async def pool(fresh_database_url: str) -> AsyncIterator[Pool]:
    """A probe and its stage over a database of its own."""
    async with Database(fresh_database_url) as database:
        await write_register(database, register(DAY_START_MS))
        yield Pool(database, await load_registry(database))


async def test_a_message_is_a_leaf_with_its_number_and_arrival(pool: Pool) -> None:
    """OFF-13: that this is what the device sent, then, and that nothing was taken out."""
    await pool.send(0, 30, GOOD)
    rows = await pool.database.query(
        "SELECT sha256, device_id, seq, received_ms FROM raw_batches ORDER BY seq"
    )
    leaves = await waiting(pool.database, Kind.RAW_BATCH)
    assert [leaf.body | {"sha256": leaf.subject} for leaf in leaves] == rows
    assert [leaf.at_ms for leaf in leaves] == [row["received_ms"] for row in rows]
    assert len(rows) == 6


async def test_what_was_forgotten_and_comes_again_is_no_second_leaf(pool: Pool) -> None:
    """Nor twice within a run; only what is new among it is one."""
    await pool.send(0, 15, GOOD)
    known = await waiting(pool.database, Kind.RAW_BATCH)
    new = [type(leaf)(kind=leaf.kind, subject=leaf.subject[::-1], at_ms=leaf.at_ms, body=leaf.body)
           for leaf in known[:1]]  # fmt: skip
    async with pool.database.transaction() as tx:
        await LogBatches((*known, *new, *new)).apply(tx)
        await LogBatches(tuple(known)).apply(tx)
    assert await waiting(pool.database, Kind.RAW_BATCH) == [*known, *new]


async def test_a_replay_logs_nothing(pool: Pool, fresh_database_url: str) -> None:
    """Judging again what is stored tells of nothing that came in."""
    await pool.send(0, 15, GOOD)
    before = await pool.database.rows("log_waiting", most=1000)
    await replay_stored(Settings(database_url=fresh_database_url))
    assert await pool.database.rows("log_waiting", most=1000) == before
    assert before
