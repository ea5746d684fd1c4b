"""A site with everybody in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.access.world import House, peopled
from tests.fresh import fresh_database


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The site over a database of its own."""
    settings = Settings(database_url=fresh_database(database_url, "access"), data_dir=tmp_path)
    peopled(settings, tmp_path)
    async with Database(settings.database_url, max_size=4) as database:
        house = House(settings, database)
        yield house
        await house.app.state.site.copies.close()
