"""A database with the dashboards' authority, people in posts and a history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipelines.accountability.book import Opening, open_file
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.accountability.world import HOUR, Book, actor, history, people, posts
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT, authority
from tests.fresh import drop_database, fresh_database


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Of a site that keeps everything in ``tmp_path``."""
    return Settings(database_url=fresh_database(database_url, "duty"), data_dir=tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Filled: Wang took the pool's alert on with Li's help, confirmed it; Zhou reviewed nothing."""
    url = settings.database_url
    authority(url, FolderVault(settings.objects))
    people(url)
    history(
        url,
        ("wang", "acknowledged", NOW_MS - 3 * HOUR),
        ("li", "unsure", NOW_MS - 2 * HOUR),
        ("wang", "confirmed", NOW_MS - HOUR),
    )
    async with Database(url, max_size=4) as opened:
        await posts(opened)
        yield opened
    drop_database(url)


@pytest.fixture
async def book(database: Database) -> Book:
    """A file that Feng, a leader who is not concerned, opened about the alert."""
    opening = Opening(
        subject_kind="alert", subject_id=POOL_ALERT, about="officer", activity="penalty",
        alleged="认定事实不清", fault="13.4",
    )  # fmt: skip
    return Book(database, await open_file(database, actor("feng"), opening, now_ms=NOW_MS))
