"""Owns bringing the log's files up to the database, and never past what they say.

What is published was promised: a database that no longer continues it has been rolled back or
rewritten, and nothing more is signed until a person has looked.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path

import structlog

from pipelines.evidence.keys import Keys
from pipelines.store import Transaction
from pipelines.transparency.checkpoint import Checkpoint, SignedCheckpoint
from pipelines.transparency.entry import entry_bytes
from pipelines.transparency.folder import CHECKPOINT, LogFolder
from pipelines.transparency.merkle import HASH_BYTES, leaf_hash
from pipelines.transparency.note import BadNote
from pipelines.transparency.place import Place, ours
from pipelines.transparency.tiles import WIDTH, Tile, bundle, hashes_of, tiles_of
from pipelines.transparency.tree import root_at, tiles_at

log = structlog.get_logger()
_AT_ONCE = 64


class Inconsistent(Exception):
    """The tree in the database is not the one that was signed; the text says where they part."""


async def catch_up(tx: Transaction, place: Place, keys: Keys) -> SignedCheckpoint | None:
    """Publishes what is committed, and returns the newest checkpoint; None for an empty log.

    To be called under the log's claim: else an older checkpoint could be written over a newer.

    Raises:
        Inconsistent: the database does not continue what was signed or published.
        OSError: the folder cannot be written.
    """
    newest = await _newest(tx, keys)
    folder = LogFolder(place.folder)
    known = await _copy(tx, place.folder / CHECKPOINT, newest, keys)
    for path in place.published:
        try:
            await _copy(tx, path / CHECKPOINT, newest, keys)
        except OSError as error:
            log.warning("published checkpoint cannot be read", folder=str(path), why=str(error))
    if newest is None:
        return None
    since = known.size if known else 0
    if known is None or since < newest.checkpoint.size:
        await _write_tiles(tx, folder, newest.checkpoint.size, since)
        await asyncio.to_thread(folder.put_checkpoint, newest.note)
    await asyncio.to_thread(_publish, place, newest.note)
    return newest


async def _newest(tx: Transaction, keys: Keys) -> SignedCheckpoint | None:
    row = await tx.row("log_newest")
    if row is None:
        return None
    where = f"the database's checkpoint of {row['tree_size']} leaves"
    found = _opened(keys, bytes(row["note"]), where)
    if found.checkpoint.size != row["tree_size"] or found.checkpoint.root != bytes(row["root"]):
        raise Inconsistent(f"{where} does not say what was signed")
    if await root_at(tx, found.checkpoint.size) != found.checkpoint.root:
        raise Inconsistent(f"{where} is not over the tree that the database holds")
    return found


async def _copy(
    tx: Transaction, path: Path, newest: SignedCheckpoint | None, keys: Keys
) -> Checkpoint | None:
    """The checkpoint of a file, which the database's tree must continue; None for no file."""
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if newest is not None and data == newest.note:
        return newest.checkpoint
    found = _opened(keys, data, str(path)).checkpoint
    size = newest.checkpoint.size if newest else 0
    if found.size > size:
        raise Inconsistent(f"{path} tells of {found.size} leaves, the database of {size}: it was "
                           "rolled back")  # fmt: skip
    if await root_at(tx, found.size) != found.root:
        raise Inconsistent(
            f"{path} has another root over its {found.size} leaves than the database"
        )
    return found


def _opened(keys: Keys, data: bytes, where: str) -> SignedCheckpoint:
    try:
        return ours(keys, data)
    except BadNote as error:
        raise Inconsistent(f"{where}: {error}") from error


async def _write_tiles(tx: Transaction, folder: LogFolder, size: int, since: int) -> None:
    coming = tiles_of(size, since)
    while some := list(islice(coming, _AT_ONCE)):
        places = {(max(tile.level, 0), tile.number) for tile in some}
        hashes = await tiles_at(tx, sorted(places))
        written: list[tuple[Tile, bytes]] = []
        for tile in some:
            held = hashes.get((max(tile.level, 0), tile.number), b"")[: tile.width * HASH_BYTES]
            if tile.level < 0:
                held = await _bundle(tx, tile, hashes_of(held))
            written.append((tile, held))
        await asyncio.to_thread(_write, folder, written)


def _write(folder: LogFolder, written: list[tuple[Tile, bytes]]) -> None:
    for tile, data in written:
        folder.put_tile(tile, data)


async def _bundle(tx: Transaction, tile: Tile, hashes: list[bytes]) -> bytes:
    first = tile.number * WIDTH
    rows = await tx.rows("log_entries", first=first, end=first + tile.width)
    entries = [entry_bytes(r["kind"], r["at_ms"], bytes(r["commitment"])) for r in rows]
    if list(map(leaf_hash, entries)) != hashes:
        raise Inconsistent(f"the database's leaves {first} to {first + tile.width - 1} are not "
                           "those of its tree")  # fmt: skip
    return bundle(entries)


def _publish(place: Place, note: bytes) -> None:
    for path in place.published:
        try:
            copy = LogFolder(path)
            if copy.checkpoint() != note:
                copy.put_checkpoint(note)
        except OSError as error:
            log.warning("checkpoint not published", folder=str(path), why=str(error))
