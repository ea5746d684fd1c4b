"""Runs the gateways for readings as one process: HTTP, MQTT and HJ 212 as the settings ask."""

from __future__ import annotations

import asyncio

import structlog
import uvicorn
import uvloop
from prometheus_client import start_http_server

from pipelines.errors import Transient
from pipelines.gateways.door import Door
from pipelines.gateways.http import create_gateway
from pipelines.gateways.intake import Intake
from pipelines.gateways.keys import KeyRing
from pipelines.log import LogWriter
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
TICK_S = 10.0


class _Stopped(Exception):
    """The HTTP server was told to stop, and with it everything."""


def serve_gateway(settings: Settings) -> None:
    """Serves until told to stop."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with (
        Database(settings.database_url, max_size=2) as database,
        LogWriter(settings.bootstrap) as writer,
    ):
        intake = Intake(writer, most_waiting=settings.gateway_backlog)
        try:
            async with asyncio.TaskGroup() as gateways:
                gateways.create_task(_http(settings, database, intake))
                if not settings.gateway_simulated_clock:
                    gateways.create_task(_tick(intake))
                if settings.mqtt_url:
                    gateways.create_task(_mqtt(settings, intake))
                if settings.hj212_port:
                    gateways.create_task(_hj212(settings, database, intake))
        except* _Stopped:
            log.info("gateway stopped")


async def _http(settings: Settings, database: Database, intake: Intake) -> None:
    door = Door(
        KeyRing(database),
        intake,
        simulated_clock=settings.gateway_simulated_clock,
        most_inside=settings.gateway_backlog,
    )
    config = uvicorn.Config(
        create_gateway(door),
        host=settings.web_host,
        port=settings.gateway_port,
        log_level="warning",
    )
    await uvicorn.Server(config).serve()
    raise _Stopped


async def _mqtt(settings: Settings, intake: Intake) -> None:
    from pipelines.gateways.mqtt import MqttGateway  # noqa: PLC0415  only where it is asked for
    from pipelines.gateways.mqtt_link import target_of  # noqa: PLC0415

    most = max(1, min(64, settings.gateway_backlog // 2))  # the rest is for the other gateways
    target = target_of(settings.mqtt_url)
    simulated = settings.gateway_simulated_clock
    await MqttGateway(intake, target, simulated_clock=simulated, most_unanswered=most).run()


async def _hj212(settings: Settings, database: Database, intake: Intake) -> None:
    from pipelines.gateways.hj212 import listen  # noqa: PLC0415  only where it is asked for

    simulated = settings.gateway_simulated_clock
    arrival = listen.by_station_clock if simulated else listen.by_wall_clock
    await listen.serve(intake, database, settings.web_host, settings.hj212_port, arrival=arrival)


async def _tick(intake: Intake) -> None:
    while True:
        try:
            await intake.tick(wall_clock_ms())
        except Transient as error:
            log.warning("no tick", why=str(error))
        await asyncio.sleep(TICK_S)
