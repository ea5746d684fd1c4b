"""Owns hearing what transactions tell when they commit (LISTEN). Must not read tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
from psycopg import sql

from pipelines.errors import Transient


async def heard(url: str, channel: str, *, quiet_s: float) -> AsyncIterator[str | None]:
    """Each payload told on a channel, on a connection of its own.

    Yields None once when the ear is open, and after every ``quiet_s`` seconds of silence, when the
    connection was found to be alive.

    Raises:
        Transient: the database cannot be reached, or not any more.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=10, application_name="vigil-listening"
        )
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while True:
                yield None
                async for told in connection.notifies(timeout=quiet_s):
                    yield told.payload
                await connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        raise Transient(f"database: {error}") from error
