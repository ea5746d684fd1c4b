"""An ASGI application under a real uvicorn in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn


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
