"""Owns proving that the log is what was signed, and naming what is not. Changes nothing.

Every copy there is takes part: leaves and tiles of the database, tiles and bundles on disk, the
checkpoints of both and of published copies, time stamps. The newest signed root decides which of
them is right, tile by tile, so that one changed leaf is named and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from pipelines.evidence.keys import Keys
from pipelines.evidence.report import Problem, Wrong
from pipelines.store import Database, Transaction
from pipelines.transparency import findings
from pipelines.transparency.authentic import authentic, roots
from pipelines.transparency.compare import (
    MOST_NAMED,
    against_leaves,
    against_tiles,
    differing,
    on_disk,
)
from pipelines.transparency.folder import LogFolder
from pipelines.transparency.heads import Heads, read_copies
from pipelines.transparency.leaf import decode
from pipelines.transparency.merkle import EMPTY_ROOT, HASH_BYTES
from pipelines.transparency.place import Place
from pipelines.transparency.rows import Reread
from pipelines.transparency.stamps import NoRoots, read_roots
from pipelines.transparency.tiles import WIDTH, tile_root

At = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was checked and found.

    Attributes:
        size: leaves under the newest checkpoint that could be proven, and their root.
        checkpoints: signed ones that were compared with the leaves.
        stamps: time stamps that hold.
        erased: leaves whose body was let go, as a leaf tells.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoints: int = 0
    stamps: int = 0
    erased: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log is what was signed."""
        return not self.problems


async def audit(database: Database, place: Place) -> Audit:
    """Checks the whole log against everything that was signed. May run while it grows.

    Raises:
        Transient: the database cannot be reached.
    """
    keys = await asyncio.to_thread(Keys, place.keys)
    heads = Heads(keys)
    copies = await asyncio.to_thread(read_copies, place)  # before the database: it only grows
    async with database.transaction() as tx:
        await tx.execute("log_snapshot")
        await _read_heads(tx, heads)
        for path, data in copies:
            heads.copied(path, data, own=path == place.folder)
        rows, tiles = await _leaves(tx), await _tiles(tx)
        held = _Copies(LogFolder(place.folder), tiles, rows)
        tree = await asyncio.to_thread(_signed, heads, held)
        limit = max(tree.size, heads.stored_size)
        wrong = await asyncio.to_thread(differing, tree.tiles, tree.size, limit, rows)
        rows.named(await tx.rows("log_leaves_at", places=wrong[:MOST_NAMED]))
        stamps = await _stamps(tx, heads, place)
    return await asyncio.to_thread(_judge, heads, held, tree, wrong, stamps)


async def _read_heads(tx: Transaction, heads: Heads) -> None:
    after = -1
    while rows := await tx.rows("log_checkpoints_page", after=after):
        await asyncio.to_thread(heads.stored, rows)
        after = rows[-1]["tree_size"]


async def _leaves(tx: Transaction) -> Reread:
    found = Reread()
    after = -(1 << 63)
    while rows := await tx.rows("log_leaves_page", after=after):
        await asyncio.to_thread(found.feed, rows)
        after = rows[-1]["leaf_index"]
    for row in await tx.rows("log_waiting", most=1 << 40):
        found.told(decode(bytes(row["leaves"])))
    return found


async def _tiles(tx: Transaction) -> dict[At, bytes]:
    found: dict[At, bytes] = {}
    at = (-1, 0)
    while rows := await tx.rows("log_tiles_page", level=at[0], number=at[1]):
        found |= {(row["level"], row["number"]): bytes(row["hashes"]) for row in rows}
        at = (rows[-1]["level"], rows[-1]["number"])
    return found


async def _stamps(tx: Transaction, heads: Heads, place: Place) -> int:
    """How many time stamps hold; a stamp that does not is a problem."""
    good, at = 0, (-1, "")
    roots_of = await asyncio.to_thread(_roots, place)
    while rows := await tx.rows("log_stamps_page", size=at[0], authority=at[1]):
        if not roots_of:
            heads.problems.append(findings.tree("the log's time stamps", Wrong.BAD_SIGNATURE,
                "VIGIL_TSA_ROOTS names no root certificates: they cannot be checked"))  # fmt: skip
            return 0
        good += await asyncio.to_thread(heads.stamped, rows, roots_of)
        at = (rows[-1]["tree_size"], rows[-1]["authority"])
    return good


def _roots(place: Place) -> tuple[Certificate, ...]:
    try:
        return read_roots(place.tsa_roots)
    except NoRoots:
        return ()


class _Copies:
    """Every version of a tile that there is."""

    def __init__(self, folder: LogFolder, tiles: dict[At, bytes], rows: Reread) -> None:
        self.folder, self.tiles, self.rows = folder, tiles, rows
        self._made: dict[At, bytes] = {}

    def stored(self, level: int, number: int) -> Iterator[bytes]:
        """Those that lie ready, the database's first."""
        if (level, number) in self.tiles:
            yield self.tiles[level, number]
        yield from self.folder.versions(level, number)

    def all(self, level: int, number: int) -> Iterator[bytes]:
        """And the one that the database's leaves give."""
        yield from self.stored(level, number)
        yield self._derived(level, number)

    def _derived(self, level: int, number: int) -> bytes:
        if level == 0:
            return self.rows.tile(number)
        if (level, number) not in self._made:
            below = (self._derived(level - 1, number * WIDTH + n) for n in range(WIDTH))
            whole = []
            for tile in below:
                if len(tile) != WIDTH * HASH_BYTES:
                    break
                whole.append(tile_root(tile))
            self._made[level, number] = b"".join(whole)
        return self._made[level, number]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """The newest signed tree that a copy leads to; ``lost``: the larger ones that none does."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    tiles: dict[At, bytes] = field(default_factory=dict)
    lost: list[tuple[int, bytes]] = field(default_factory=list)


def _signed(heads: Heads, held: _Copies) -> _Tree:
    lost: list[tuple[int, bytes]] = []
    for size, root in heads.newest_first():
        found = authentic(size, root, held.stored, held.all)
        if found is not None:
            return _Tree(size=size, root=root, tiles=found, lost=lost)
        lost.append((size, root))
    return _Tree(lost=lost)


def _judge(heads: Heads, held: _Copies, tree: _Tree, wrong: list[int], stamps: int) -> Audit:
    size, signed, rows = tree.size, tree.tiles, held.rows
    problems = [*heads.problems, *heads.unprovable(tree.lost, size)]
    good = sum(heads.agrees(at, root, problems)
               for at, root in roots(signed, size, heads.sizes(size)))  # fmt: skip
    problems += heads.rolled_back()
    problems += against_leaves(signed, wrong, rows, held.folder)
    problems += against_tiles(signed, size, heads.stored_size, held.tiles)
    problems += on_disk(signed, size, heads.folder_size, held.folder)
    erased = rows.finish()
    problems += [*rows.problems, *heads.strangers(rows.keys)]
    if rows.size and not heads.any:
        problems.append(findings.tree("the log's checkpoints", Wrong.MISSING, "there is none"))
    return Audit(
        size=size, root=tree.root, checkpoints=good, stamps=stamps, erased=erased, problems=problems
    )
