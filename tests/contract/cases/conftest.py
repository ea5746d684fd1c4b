"""A database of its own for every test of the room: small, migrated, registered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pipelines.store import Database
from tests.contract.cases.world import World
from tests.fresh import fresh_database


@pytest.fixture(scope="session")
def cases_template(database_url: str) -> str:
    """A migrated database that others are copied from."""
    return fresh_database(database_url, "cases")


@pytest.fixture
async def world(cases_template: str, tmp_path: Path) -> AsyncIterator[World]:
    """A registered pool in an otherwise empty database."""
    with psycopg.connect(cases_template, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE '%yoyo%' AND tablename <> 'units'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))
    async with Database(cases_template, max_size=4) as database:
        world = World(cases_template, database, tmp_path)
        await world.register()
        yield world
