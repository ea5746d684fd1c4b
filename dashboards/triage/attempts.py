"""Owns how often a sign-in may fail, over all processes of the site. Must not check passwords.

Every attempt counts before its password is looked at, so that many at once do not slip through;
one that succeeds is given back.
"""

from __future__ import annotations

from dashboards.triage.buckets import Bucket, give_back, take
from pipelines.store import Database

_MINUTE_MS = 60_000


def _limits(address: str, officer_id: str) -> tuple[Bucket, Bucket, Bucket]:
    return (
        Bucket(key=f"fail {address} {officer_id}", burst=5, refill_ms=_MINUTE_MS),
        Bucket(key=f"fail {address}", burst=25, refill_ms=_MINUTE_MS / 5),  # an office may share it
        Bucket(key=f"fail of {officer_id}", burst=60, refill_ms=_MINUTE_MS),  # from anywhere
    )  # fmt: skip


async def attempt(database: Database, address: str, officer_id: str) -> int:
    """Counts an attempt; returns the seconds to wait, 0 when it is heard."""
    return await take(database, _limits(address, officer_id))


async def succeeded(database: Database, address: str, officer_id: str) -> None:
    """Gives the attempt back and forgets the name's failures from there."""
    await give_back(database, _limits(address, officer_id)[1:])
    await database.execute("door_empty", key=_limits(address, officer_id)[0].key)
