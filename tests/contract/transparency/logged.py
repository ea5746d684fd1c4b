"""Leaves to log, and tampering with what was logged, for the tests of this folder."""

from __future__ import annotations

import psycopg

from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.place import Place
from pipelines.transparency.sequencer import sequence_once

DAY_MS = 1_780_000_000_000


def leaves(count: int, first: int = 0) -> list[Leaf]:
    """So many leaves, each of its own subject and second."""
    return [
        Leaf(kind=Kind.PIN, subject=f"pin-{n}", at_ms=DAY_MS + n * 1000, body={"n": n})
        for n in range(first, first + count)
    ]


async def fill(database: Database, place: Place, *counts: int) -> None:
    """Logs leaves and sequences them, a checkpoint for each count."""
    first = 0
    for number, count in enumerate(counts):
        async with database.transaction() as tx:
            await log(tx, *leaves(count, first))
        await sequence_once(database, place, DAY_MS + 10_000_000 + number * 1000)
        first += count


def tamper(url: str, statement: str) -> None:
    """Changes the database behind the log's back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
