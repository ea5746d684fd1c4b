"""Owns buckets that fill with requests and empty with time, shared by all processes of the site.

The generic cell rate algorithm in one statement, by the database's clock: no library that keeps
rates in PostgreSQL was found (``limits`` 5.8 knows Redis, Memcached, MongoDB and memory).
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.store import Database

_TIDY_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """``burst`` requests fit; then one more every ``refill_ms``."""

    key: str
    burst: int
    refill_ms: float


async def take(database: Database, buckets: Iterable[Bucket]) -> int:
    """Puts a request into each bucket; returns the seconds to wait where one is full, else 0.

    Raises:
        Transient: the database cannot be reached.
    """
    asked = {
        one.key: {"key": one.key, "cost_ms": one.refill_ms, "most_ms": one.refill_ms * one.burst}
        for one in buckets
    }
    if secrets.randbelow(_TIDY_EVERY) == 0:
        await database.execute("door_forget")
    async with database.transaction() as tx:
        taken = {row["key"] for row in await tx.rows("door_take", asked=list(asked.values()))}
        full = [key for key in asked if key not in taken]
        waits = await tx.rows("door_wait", keys=full) if full else []
    return max((max(1, math.ceil(row["wait_ms"] / 1000)) for row in waits), default=0)


async def give_back(database: Database, buckets: Iterable[Bucket]) -> None:
    """Takes one request out of each again."""
    await database.execute("door_give_back", keys=[one.key for one in buckets])
