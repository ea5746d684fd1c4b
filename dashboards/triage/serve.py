"""Owns running the site in a process of its own: ``vigil web``."""

from __future__ import annotations

import asyncio

import uvicorn

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database

GRACE_S = 3
"""So long a request may go on when the site stops: a queue that is open would listen for ever."""


def serve(settings: Settings) -> None:
    """Serves the site until it is told to stop."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with Database(settings.database_url) as database:
        config = uvicorn.Config(
            create_app(settings, database),
            host=settings.web_host,
            port=settings.web_port,
            server_header=False,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
        )
        await uvicorn.Server(config).serve()
