"""A registered authority over a database of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipelines.store import Database
from tests.contract.clocks.world import World


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """An open database of one's own."""
    async with Database(fresh_database_url, max_size=4) as opened:
        yield opened


@pytest.fixture
def world(database: Database, fresh_database_url: str) -> World:
    """Two units, their officers, one party with one site."""
    made = World(database=database, url=fresh_database_url)
    made.register()
    return made
