"""A database of its own for every test of the room: small, migrated, registered."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from pipelines.store import Database
from pipelines.store.migrate import migrate
from tests.contract.cases.world import World


@pytest.fixture(scope="session")
def cases_template(database_url: str) -> str:
    """A migrated database that others are copied from."""
    name = f"cases_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = _named(database_url, name)
    migrate(url)
    return url


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


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
