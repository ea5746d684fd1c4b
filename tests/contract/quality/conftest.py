"""The world that seals evidence and the site over it, lent to the tests of quality."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.conftest import database as site_database
from tests.contract.dashboards.conftest import site_settings, site_url
from tests.contract.dashboards.rows import NOW_MS
from tests.contract.dashboards.visits import signed_in
from tests.contract.evidence.conftest import database, own_url, video, world

__all__ = [
    "database",
    "own_url",
    "site_database",
    "site_settings",
    "site_url",
    "video",
    "world",
]

SignIn = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def officer(site_settings: Settings, site_database: Database) -> AsyncIterator[SignIn]:
    """Signs an officer in, each in a browser of their own."""
    app = create_app(site_settings, site_database, clock=lambda: NOW_MS)
    async with AsyncExitStack() as browsers:

        async def enter(officer_id: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(transport=transport, base_url="http://vigil.test")
            return await signed_in(await browsers.enter_async_context(client), officer_id)

        yield enter
