"""Owns the leaves of raw messages: one for each that is stored, none for one that was before.

Must not be made in a replay: whoever carries effects out logs, whoever only judges does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.store import Transaction
from pipelines.transparency.leaf import Leaf, log


@dataclass(frozen=True, slots=True)
class LogBatches:
    """An effect: logs those of a run's messages that the database does not have; goes before them.

    A device's last 64 numbers tell nearly every repetition; what was forgotten is told here.
    """

    leaves: tuple[Leaf, ...]

    async def apply(self, tx: Transaction) -> None:
        """One query and one row, however many messages."""
        asked = [(leaf.body["device_id"], leaf.subject) for leaf in self.leaves]
        rows = await tx.rows("readings_raw_known", batches=asked)
        told = {(row["device_id"], row["sha256"]) for row in rows}
        new = []
        for leaf, key in zip(self.leaves, asked, strict=True):
            if key not in told:
                told.add(key)
                new.append(leaf)
        if new:
            await log(tx, *new)
