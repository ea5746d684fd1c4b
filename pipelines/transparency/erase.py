"""Owns forgetting what a leaf said. The leaf stays, and with it every proof."""

from __future__ import annotations

from pipelines.store import Transaction
from pipelines.transparency.leaf import Kind, Leaf, log


async def erase(tx: Transaction, index: int, *, at_ms: int) -> bool:
    """Erases a leaf's body and salt within the caller's transaction, and logs that it was done.

    Whoever erases without this is found: an erased leaf that no other tells of is a problem.
    False where there was nothing to erase. Kind, subject and time stay.
    """
    if not await tx.execute("log_leaf_erase", leaf_index=index):
        return False
    told = Leaf(kind=Kind.DELETION, subject=erased_subject(index), at_ms=at_ms,
                body={"leaf": index})  # fmt: skip
    await log(tx, told)
    return True


def erased_subject(index: int) -> str:
    """The subject of the leaf that tells of an erased one."""
    return f"log leaf {index}"
