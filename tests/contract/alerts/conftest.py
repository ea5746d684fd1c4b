"""A registered authority in a database of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.alerts.world import Site, opened


@pytest.fixture
async def site(fresh_database_url: str) -> AsyncIterator[Site]:
    """The stage over a fresh database."""
    async with opened(fresh_database_url) as site:
        yield site
