"""A registered authority, and a platform that may hand clues down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from pipelines.store import Database
from tests.contract.clocks.world import World
from tests.contract.clues.receiver import Receiver, receiver


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """An open database of one's own."""
    async with Database(fresh_database_url, max_size=6) as opened:
        yield opened


@pytest.fixture
def world(database: Database, fresh_database_url: str) -> World:
    """Two units, their officers, one party with one site."""
    made = World(database=database, url=fresh_database_url)
    made.register()
    return made


@pytest.fixture
def province() -> Iterator[Receiver]:
    """A platform's server, in a process of its own; it answers as asked."""
    with receiver() as running:
        yield running
