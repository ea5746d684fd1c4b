"""kill -9 of the sequencer at its worst moments: no leaf lost, none twice, the files catch up."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from pipelines.evidence.keys import Keys
from pipelines.store import Database
from pipelines.transparency.audit import audit
from pipelines.transparency.leaf import log
from pipelines.transparency.place import Place, ours
from pipelines.transparency.sequencer import sequence_once
from tests.contract.transparency.logged import DAY_MS, fill, leaves


async def _killed(url: str, folder: Path, when: str) -> None:
    module = "tests.contract.transparency.sequencer_child"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, url, str(folder), when
    )
    assert await child.wait() == -signal.SIGKILL


@pytest.mark.parametrize("when", ["commit", "tiles", "checkpoint"])
async def test_killed_it_goes_on(
    database: Database, fresh_database_url: str, tmp_path: Path, when: str
) -> None:
    """Before its commit nothing has happened; after it the next sequencer publishes the rest."""
    place = Place(origin="log.example/vigil", folder=tmp_path / "log", keys=tmp_path / "keys")
    await fill(database, place, 3)
    async with database.transaction() as tx:
        await log(tx, *leaves(400, 3))
    await _killed(fresh_database_url, tmp_path, when)
    newest = await database.row("log_newest")
    assert newest is not None
    assert newest["tree_size"] == (4 if when == "commit" else 404)
    assert (await audit(database, place)).problems == []
    assert await sequence_once(database, place, DAY_MS) == (400 if when == "commit" else 0)
    rows = await database.rows("log_leaves_page", after=0)
    assert [row["subject"] for row in rows] == [f"pin-{n}" for n in range(403)]
    note = (place.folder / "checkpoint").read_bytes()
    assert ours(Keys(place.keys), note).checkpoint.size == 404
    assert (await audit(database, place)).problems == []
    assert await database.row("log_pending_count") == {"leaves": 0}
    assert not list(place.folder.glob(".*.tmp"))
