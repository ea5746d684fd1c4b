"""A world to keep and let go in, over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.keeping.world import World
from tests.contract.vault.endpoint import Endpoint, endpoint


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """An open database of one's own."""
    async with Database(fresh_database_url, max_size=4) as opened:
        yield opened


@pytest.fixture
def world(database: Database, fresh_database_url: str, tmp_path: Path) -> World:
    """Registered officers and an empty vault."""
    made = World(
        database=database, url=fresh_database_url, folder=tmp_path,
        vault=FolderVault(tmp_path / "objects"),
    )  # fmt: skip
    made.register()
    return made


@pytest.fixture(scope="session")
def s3() -> Iterator[Endpoint]:
    """A running S3 server, with the keys it wants in the environment."""
    with endpoint() as running:
        yield running
