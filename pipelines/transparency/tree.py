"""Owns reading the tree that the database holds: tiles, and roots and proofs out of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.store import Transaction
from pipelines.transparency.subtrees import Run, consistency, run
from pipelines.transparency.tiles import Tiles, needed


async def tiles_for(tx: Transaction, runs: Iterable[Run]) -> Tiles:
    """The tiles in which these subtrees are found; those that are gone are not in it."""
    return Tiles(await tiles_at(tx, needed(runs)))


async def tiles_at(
    tx: Transaction, places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    """Tiles by (level, number)."""
    rows = await tx.rows("log_tiles_at", places=[list(place) for place in places])
    return {(row["level"], row["number"]): bytes(row["hashes"]) for row in rows}


async def root_at(tx: Transaction, size: int) -> bytes | None:
    """The root over the first ``size`` leaves; None where tiles are gone."""
    whole = run(0, size)
    tiles = await tiles_for(tx, [whole])
    try:
        return tiles.folded(whole)
    except KeyError:
        return None


async def consistency_proof(tx: Transaction, size: int, later: int) -> list[bytes]:
    """What shows that the tree of ``later`` continues that of ``size``.

    Raises:
        ValueError: the earlier one is the larger.
        KeyError: tiles are gone.
    """
    runs = consistency(size, later)
    tiles = await tiles_for(tx, runs)
    return [tiles.folded(one) for one in runs]
