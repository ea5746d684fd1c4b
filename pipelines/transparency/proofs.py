"""Owns what is handed to somebody who doubts: a leaf with all that shows it is in a signed tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.store import Database
from pipelines.transparency.entry import entry_bytes
from pipelines.transparency.subtrees import inclusion
from pipelines.transparency.tree import tiles_for


class NotProvable(Exception):
    """The log cannot prove that; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedLeaf:
    """A leaf as the database holds it; ``salt`` and ``body`` are None once they were erased."""

    index: int
    kind: str
    subject: str
    at_ms: int
    commitment: bytes
    salt: bytes | None
    body: bytes | None

    @property
    def entry(self) -> bytes:
        """What the tree hashes."""
        return entry_bytes(self.kind, self.at_ms, self.commitment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time-stamp authority's answer over the note of a checkpoint."""

    size: int
    authority: str
    token: bytes
    stamped_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a leaf is number ``index`` of the tree of ``size`` leaves.

    Attributes:
        path: hashes beside the way to the root, from the leaf up.
        checkpoint: the signed note over that tree.
        stamps: over this checkpoint or the next ones that were stamped; those continue it.
    """

    leaf: LoggedLeaf
    entry: bytes
    index: int
    size: int
    path: list[bytes]
    checkpoint: bytes
    stamps: list[Stamp]


async def prove(database: Database, index: int, size: int | None = None) -> Proof:
    """Proves a leaf under the newest checkpoint, or the first one of at least ``size`` leaves.

    Raises:
        NotProvable: there is no such leaf or checkpoint, or tiles are gone.
    """
    async with database.transaction() as tx:
        rows = await tx.rows("log_provable", leaf_index=index, size=size)
        if not rows:
            raise NotProvable("no such checkpoint was signed yet")
        row, covered = rows[0], int(rows[0]["tree_size"])
        if row["leaf_index"] is None or not 0 <= index < covered:
            raise NotProvable(f"a log of {covered} leaves has no leaf {index}")
        runs = inclusion(index, covered)
        tiles = await tiles_for(tx, runs)
    leaf = logged_leaf(row)
    try:
        path = [tiles.folded(one) for one in runs]
    except KeyError as error:
        raise NotProvable(f"a tile of the tree is gone: subtree {error}") from error
    return Proof(
        leaf=leaf, entry=leaf.entry, index=index, size=covered, path=path,
        checkpoint=bytes(row["note"]),
        stamps=[stamp_of(one) for one in rows if one["stamp_size"] is not None],
    )  # fmt: skip


async def leaves_of(database: Database, subject: str) -> list[LoggedLeaf]:
    """All leaves that tell of a subject, in the log's order."""
    return [logged_leaf(row) for row in await database.rows("log_leaves_of", subject=subject)]


def logged_leaf(row: dict[str, Any]) -> LoggedLeaf:
    """A row of the log."""
    return LoggedLeaf(
        index=row["leaf_index"], kind=row["kind"], subject=row["subject"], at_ms=row["at_ms"],
        commitment=bytes(row["commitment"]),
        salt=None if row["salt"] is None else bytes(row["salt"]),
        body=None if row["body"] is None else bytes(row["body"]),
    )  # fmt: skip


def stamp_of(row: dict[str, Any]) -> Stamp:
    """A stored time stamp."""
    return Stamp(
        size=row["stamp_size"], authority=row["authority"], token=bytes(row["token"]),
        stamped_ms=row["stamped_ms"],
    )  # fmt: skip
