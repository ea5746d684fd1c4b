"""The triage site over a real database that holds a believable authority, and a browser to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.door import Door
from tests.contract.dashboards.rows import NOW_MS, authority
from tests.contract.dashboards.visits import SECRET, signed_in
from tests.fresh import fresh_database


@pytest.fixture
def site_url(database_url: str) -> str:
    """A database of its own for each test."""
    return fresh_database(database_url, "triage")


@pytest.fixture
def site_settings(site_url: str, tmp_path: Path) -> Settings:
    """Settings of a site that keeps everything in ``tmp_path``."""
    return Settings(database_url=site_url, data_dir=tmp_path, case_secret=SECRET)


@pytest.fixture
async def database(site_settings: Settings) -> AsyncIterator[Database]:
    """The site's database, filled."""
    authority(site_settings.database_url, FolderVault(site_settings.objects))
    async with Database(site_settings.database_url, max_size=4) as opened:
        yield opened


@pytest.fixture
async def visitor(site_settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    app = create_app(site_settings, database, clock=lambda: NOW_MS)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://vigil.test") as client:
        yield client


@pytest.fixture
async def officer(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """An officer, signed in; the CSRF token is sent with every call."""
    return await signed_in(visitor, "3301")


@pytest.fixture
def door(site_settings: Settings, database: Database) -> Door:
    """The site with a clock that the tests move, and any number of browsers."""
    return Door(site_settings, database)
