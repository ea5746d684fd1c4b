"""Owns the listening socket: who may connect, and that all of it ends when told to."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from socket import SO_SNDBUF, SOL_SOCKET

import structlog

from pipelines.gateways.hj212.connection import CHUNK, Connection
from pipelines.gateways.hj212.desk import Arrival, Desk
from pipelines.gateways.hj212.limits import Limits, Outcome, count
from pipelines.gateways.hj212.stations import Stations
from pipelines.gateways.intake import Intake
from pipelines.hj212.heading import Heading
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database

log = structlog.get_logger()
SWEEP_S = 1.0
DELIVERY_MS = 2000
ANSWER_BYTES = 16 << 10  # answers a peer may leave unread, each here and in the kernel


def by_wall_clock(_: Heading | None) -> int:
    """The time of arrival on a live gateway."""
    return wall_clock_ms()


def by_station_clock(heading: Heading | None) -> int:
    """The time of arrival where time is simulated: two seconds after the station's QN."""
    return wall_clock_ms() if heading is None else heading.sent_ms + DELIVERY_MS


async def serve(
    intake: Intake,
    database: Database,
    host: str,
    port: int,
    *,
    arrival: Arrival = by_wall_clock,
    limits: Limits | None = None,
) -> None:
    """Serves HJ 212-2017 stations until cancelled.

    Args:
        arrival: says when a message arrived; ``by_station_clock`` only for a demo's simulated time.

    Raises:
        OSError: the port cannot be had.
    """
    desk = Desk(intake, Stations(database), arrival=arrival, limits=limits or Limits())
    peers = _Peers(desk)
    server = await asyncio.start_server(peers.meet, host, port, limit=CHUNK)
    log.info("HJ 212 gateway listens", host=host, port=port)
    try:
        await asyncio.gather(server.serve_forever(), _sweep(desk))
    finally:
        server.close()
        await peers.leave()


async def _sweep(desk: Desk) -> None:
    while True:
        await asyncio.sleep(min(SWEEP_S, desk.limits.packets_s))
        await desk.put_overdue()


class _Peers:
    """The open connections, by address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._of_address: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes a new peer, or sends it away at once."""
        limits = self._desk.limits
        name = writer.get_extra_info("peername")  # None when it went before we looked
        address = str(name[0]) if name else ""
        crowd = len(self._tasks) >= limits.connections
        if crowd or self._of_address[address] >= limits.of_address:
            count(Outcome.TOO_MANY_CONNECTIONS)
            writer.transport.abort()
            return
        socket = writer.get_extra_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_SNDBUF, ANSWER_BYTES)
        writer.transport.set_write_buffer_limits(high=ANSWER_BYTES)
        self._of_address[address] += 1
        task = asyncio.create_task(Connection(self._desk, reader, writer).run())
        self._tasks.add(task)
        task.add_done_callback(partial(self._gone, address))

    def _gone(self, address: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._of_address[address] -= 1
        if not self._of_address[address]:
            del self._of_address[address]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("connection failed", address=address, exc_info=error)

    async def leave(self) -> None:
        """Drops all peers: what was not answered they will send again."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
