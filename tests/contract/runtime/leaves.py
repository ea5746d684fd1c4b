"""What was asked to be logged and is not numbered yet."""

from __future__ import annotations

from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, decode


async def waiting(database: Database, *kinds: Kind) -> list[Leaf]:
    """Leaves of these kinds, in the order in which they were asked for."""
    rows = await database.rows("log_waiting", most=100_000)
    leaves = [leaf for row in rows for leaf in decode(bytes(row["leaves"]))]
    return [leaf for leaf in leaves if leaf.kind in kinds]
