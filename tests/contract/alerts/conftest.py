"""A registered authority in a database of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from pipelines.demo.authority import register
from pipelines.registry.snapshot import load_registry
from pipelines.registry.write import write_register
from pipelines.store import Database
from tests.contract.alerts.world import Site
from tests.unit.demo.known import DAY_START_MS


@pytest.fixture
async def site(fresh_database_url: str) -> AsyncIterator[Site]:
    """The stage over a fresh database."""
    async with Database(fresh_database_url, max_size=4) as database:
        await write_register(database, register(DAY_START_MS))
        with psycopg.connect(fresh_database_url) as connection:
            connection.execute(
                "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
                " VALUES ('3301', '王敏', 'Wang Min', 'officer', 'x')"
            )
        yield Site(database, await load_registry(database))
