"""A log of its own for each test: real database, own folder and keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipelines.store import Database
from pipelines.transparency.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where the test's log lies, with one folder that others read."""
    return Place(
        origin="log.example/vigil", folder=tmp_path / "log", keys=tmp_path / "keys",
        published=(tmp_path / "others",),
    )  # fmt: skip


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A migrated database that nobody else uses."""
    async with Database(fresh_database_url, max_size=4) as opened:
        yield opened
