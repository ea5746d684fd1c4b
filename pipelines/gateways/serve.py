"""Runs the readings gateway as a process."""

from __future__ import annotations

import asyncio

import uvicorn

from pipelines.gateways.http import create_gateway
from pipelines.log import LogWriter
from pipelines.settings import Settings
from pipelines.store import Database


def serve_gateway(settings: Settings) -> None:
    """Serves until told to stop."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with (
        Database(settings.database_url, max_size=2) as database,
        LogWriter(settings.bootstrap) as writer,
    ):
        app = create_gateway(database, writer, simulated_clock=settings.gateway_simulated_clock)
        config = uvicorn.Config(
            app, host=settings.web_host, port=settings.gateway_port, log_level="warning"
        )
        await uvicorn.Server(config).serve()
