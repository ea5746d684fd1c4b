"""Runs the readings gateway as a process."""

from __future__ import annotations

import asyncio

import structlog
import uvicorn
from prometheus_client import start_http_server

from pipelines.errors import Transient
from pipelines.gateways.http import Door, create_gateway
from pipelines.log import LogWriter
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
TICK_S = 10.0


def serve_gateway(settings: Settings) -> None:
    """Serves until told to stop."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with (
        Database(settings.database_url, max_size=2) as database,
        LogWriter(settings.bootstrap) as writer,
    ):
        door = Door(database, writer, simulated_clock=settings.gateway_simulated_clock)
        config = uvicorn.Config(
            create_gateway(door),
            host=settings.web_host,
            port=settings.gateway_port,
            log_level="warning",
        )
        ticking = asyncio.create_task(_tick(door))
        await uvicorn.Server(config).serve()
        ticking.cancel()


async def _tick(door: Door) -> None:
    while not door.simulated_clock:
        try:
            await door.tick(wall_clock_ms())
        except Transient as error:
            log.warning("no tick", why=str(error))
        await asyncio.sleep(TICK_S)
