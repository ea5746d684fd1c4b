"""An ASGI application under a real uvicorn, in the test's own loop or in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.dashboards.moments import NOW_MS


@asynccontextmanager
async def serving(config: uvicorn.Config, listening: socket.socket) -> AsyncIterator[str]:
    """Serves until the block ends; yields the address."""
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110  uvicorn tells it by this flag only
        await asyncio.sleep(0.01)
    try:
        yield address_of(listening)
    finally:
        server.should_exit = True
        await running
        listening.close()


def free_port() -> socket.socket:
    """A socket that listens where nobody else does."""
    return socket.create_server(("127.0.0.1", 0))


def address_of(listening: socket.socket) -> str:
    """Its address as a browser says it."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def site_in_thread(settings: Settings) -> Iterator[str]:
    """The site with a loop and a pool of its own, for tests whose client blocks."""
    listening, servers = free_port(), list[uvicorn.Server]()

    async def serve() -> None:
        async with Database(settings.database_url, max_size=4) as database:
            app = create_app(settings, database, clock=lambda: NOW_MS)
            config = uvicorn.Config(
                app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
            )
            servers.append(uvicorn.Server(config))
            await servers[0].serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not (servers and servers[0].started):
        assert time.monotonic() < until, "the site did not start"
        time.sleep(0.02)
    try:
        yield address_of(listening)
    finally:
        servers[0].should_exit = True
        thread.join(20)
        listening.close()
