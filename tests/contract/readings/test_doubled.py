"""A series that goes on in another partition within an hour: its roll-ups are merged, not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipelines.demo.authority import register
from pipelines.readings.stage import ReadingsStage
from pipelines.registry.snapshot import load_registry
from pipelines.registry.write import write_register
from pipelines.runtime import PartitionRunner
from pipelines.store import Database
from tests.contract.readings.test_rejudge import CATALOGUE, GOOD, MINUTE_MS, TEN, Pool
from tests.unit.demo.known import DAY_START_MS, tick


@pytest.fixture
async def pool(fresh_database_url: str) -> AsyncIterator[Pool]:
    async with Database(fresh_database_url) as database:
        await write_register(database, register(DAY_START_MS))
        yield Pool(database, await load_registry(database))


async def test_both_halves_of_an_hour_are_in_its_row(pool: Pool) -> None:
    """The site was corrected at half past: the old partition owes its half, the new one too."""
    await pool.send(0, 30, GOOD)
    first = pool.runner
    stage = ReadingsStage(pool.registry, CATALOGUE, lateness_ms=360_000, future_ms=300_000)
    pool.runner = PartitionRunner(stage, 1, pool.database, log_id="a")
    await pool.send(30, 90, GOOD)
    await first.run([tick(TEN + 90 * MINUTE_MS, offset=1_000)])
    rows = await pool.database.query("SELECT n, lowest, highest, mean FROM readings_1h")
    assert [row["n"] for row in rows] == [60]
    sums = await pool.database.query(
        "SELECT min(r.value) AS lowest, max(r.value) AS highest, avg(r.value) AS mean "
        "FROM readings r, readings_1h h WHERE r.time >= h.time "
        "AND r.time < h.time + INTERVAL '1 hour'"
    )
    assert (rows[0]["lowest"], rows[0]["highest"]) == (sums[0]["lowest"], sums[0]["highest"])
    assert rows[0]["mean"] == pytest.approx(sums[0]["mean"])
