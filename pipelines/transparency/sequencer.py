"""Owns giving leaves their numbers: one sequencer over all workers, in the order they were asked.

Leaves, tree and checkpoint commit together; files follow and catch up after a crash. A checkpoint
is never signed over a tree that does not continue the newest one published.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence

import msgspec
import structlog

from pipelines import metrics
from pipelines.errors import Doubled, Transient
from pipelines.evidence.keys import BadKey, Keys
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database, Transaction
from pipelines.transparency import note
from pipelines.transparency.checkpoint import Checkpoint, SignedCheckpoint
from pipelines.transparency.entry import Sealed, seal
from pipelines.transparency.leaf import Kind, Leaf, decode
from pipelines.transparency.merkle import leaf_hash
from pipelines.transparency.place import Place, verifier
from pipelines.transparency.publish import Inconsistent, catch_up
from pipelines.transparency.subtrees import run
from pipelines.transparency.tiles import Tiles, edge, grown
from pipelines.transparency.tree import tiles_at

log = structlog.get_logger()
EVERY_S = 1.0
"""At most one checkpoint in this time."""
STOPPED_S = 10.0
"""A log that would contradict itself looks again after this: perhaps its files were restored."""
DAY_MS = 86_400_000
THIN_S = 3600.0
MOST_ROWS = 20_000
"""Rows of one round, so that a long wait does not end in one huge transaction."""
_LEAF = ("int8", "text", "text", "int8", "bytea", "bytea", "bytea")


async def sequence_once(database: Database, place: Place, now_ms: int) -> int:
    """Numbers what waits, signs a checkpoint, publishes it; returns how many leaves were added.

    0 also when another sequencer is at work.

    Raises:
        Inconsistent: the tree does not continue what was published: nothing was signed.
        OSError: the log's folder cannot be written; what was committed is published later.
    """
    keys = await asyncio.to_thread(Keys, place.keys)  # afresh: another process may have rotated
    async with database.transaction() as tx:
        if not await _claimed(tx):
            return 0
        newest = await catch_up(tx, place, keys)
        added = await _append(tx, place, keys, newest, now_ms)
    if added:
        async with database.transaction() as tx:
            if await _claimed(tx):  # else another publishes what we committed
                await catch_up(tx, place, keys)
    return added


async def thin(database: Database, now_ms: int) -> int:
    """Lets go of checkpoints older than a day, but for the last of each hour and the stamped ones.

    One a second would be 31 million a year. Whoever kept one that went is still answered: what
    links it to today's tree comes from the tiles. Returns how many went.
    """
    return await database.execute("log_thin", before_ms=now_ms - DAY_MS)


async def sequencing(
    database: Database, place: Place, *, clock: Callable[[], int] = wall_clock_ms
) -> None:
    """Runs until cancelled."""
    thinned = -math.inf
    while True:
        began = time.monotonic()
        pause = EVERY_S
        try:
            await sequence_once(database, place, clock())
            metrics.LOG_STOPPED.set(0)
            if began - thinned >= THIN_S:
                thinned = began
                await thin(database, clock())
        except (Inconsistent, BadKey, Doubled, msgspec.DecodeError) as error:
            metrics.LOG_STOPPED.set(1)
            told = "the log signs nothing: it would contradict itself"
            log.error(told, why=str(error))  # noqa: TRY400 - the text is all there is to know
            pause = STOPPED_S
        except (Transient, OSError) as error:
            log.warning("the log waits", why=str(error))
        await _measure(database, clock())
        await asyncio.sleep(max(0.0, began + pause - time.monotonic()))


async def _claimed(tx: Transaction) -> bool:
    claim = await tx.row("log_claim")
    return bool(claim and claim["claimed"])


async def _append(
    tx: Transaction, place: Place, keys: Keys, newest: SignedCheckpoint | None, now_ms: int
) -> int:
    waiting = await tx.rows("log_waiting", most=MOST_ROWS)
    if not waiting:
        return 0
    leaves = [leaf for row in waiting for leaf in decode(bytes(row["leaves"]))]
    origin = newest.checkpoint.origin if newest else place.origin
    if leaves:
        leaves = [*await _key_told(tx, keys, origin, leaves, now_ms), *leaves]
        sealed, hashes = await asyncio.to_thread(_sealed, leaves)
        size = newest.checkpoint.size if newest else 0
        root = await _grow(tx, size, sealed, hashes)
        latest = max(now_ms, (newest and newest.checkpoint.at_ms) or 0)
        await _sign(tx, keys, Checkpoint(
            origin=origin, size=size + len(leaves), root=root, at_ms=latest))  # fmt: skip
    await tx.execute("log_taken", ids=[row["pending_id"] for row in waiting])
    return len(leaves)


async def _key_told(
    tx: Transaction, keys: Keys, origin: str, leaves: Sequence[Leaf], now_ms: int
) -> list[Leaf]:
    """A leaf for the signing key, unless the log tells of it already: the first leaf is one."""
    key_id = keys.key_id
    coming = any(leaf.kind is Kind.KEY and leaf.subject == key_id for leaf in leaves)
    if coming or await tx.row("log_key_told", key_id=key_id):
        return []
    body = {"vkey": verifier(keys, key_id, origin).vkey}
    return [Leaf(kind=Kind.KEY, subject=key_id, at_ms=now_ms, body=body)]


def _sealed(leaves: Sequence[Leaf]) -> tuple[list[Sealed], list[bytes]]:
    sealed = [seal(leaf) for leaf in leaves]
    return sealed, [leaf_hash(one.entry) for one in sealed]


async def _grow(
    tx: Transaction, size: int, sealed: Sequence[Sealed], hashes: Sequence[bytes]
) -> bytes:
    """Stores leaves and the tiles they change; returns the new root."""
    await tx.copy("log_leaves_put", _LEAF, (
        (size + at, one.kind, one.subject, one.at_ms, one.commitment, one.salt, one.body)
        for at, one in enumerate(sealed)
    ))  # fmt: skip
    tiles = await tiles_at(tx, edge(size))
    before = dict(tiles)
    await asyncio.to_thread(grown, tiles, size, hashes)
    await tx.execute_many("log_tile_put", [
        {"level": at[0], "number": at[1], "hashes": tile}
        for at, tile in tiles.items() if before.get(at) != tile
    ])  # fmt: skip
    return Tiles(tiles).folded(run(0, size + len(hashes)))


async def _sign(tx: Transaction, keys: Keys, head: Checkpoint) -> None:
    text = head.text()
    key = verifier(keys, keys.key_id, head.origin)
    await tx.execute(
        "log_checkpoint_put",
        tree_size=head.size,
        root=head.root,
        note=note.signed(text, (key, keys.sign(text.encode()))),
        at_ms=head.at_ms,
    )


async def _measure(database: Database, now_ms: int) -> None:
    try:
        waiting = await database.row("log_pending_count")
        newest = await database.row("log_newest")
    except Transient:
        return
    metrics.LOG_PENDING.set(waiting["leaves"] if waiting else 0)
    if newest:
        metrics.LOG_SIZE.set(newest["tree_size"])
        metrics.LOG_AGE.set((now_ms - newest["at_ms"]) / 1000)
