"""Owns the append-only signed chain: what an entry says, how it is hashed, how one is appended.

Each entry holds the hash of the one before, so none can be changed, taken out or moved unseen; the
newest one's disappearance is seen by the ``head`` file (``head.py``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.store import Transaction

FIRST = "0" * 64  # what the first entry holds as the hash of the one before


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the chain.

    Attributes:
        seq: 1, 2, 3 and so on, without holes.
        signature: over ``content()``, by ``key_id``.
    """

    seq: int
    kind: str
    subject_id: str
    subject_sha256: str
    at_ms: int
    previous_hash: str
    entry_hash: str
    signature: bytes
    key_id: str

    def content(self, *, seq: int | None = None) -> bytes:
        """The canonical bytes that are hashed and signed; at another ``seq`` if given."""
        return canonical(
            {
                "seq": self.seq if seq is None else seq,
                "kind": self.kind,
                "subject_id": self.subject_id,
                "subject_sha256": self.subject_sha256,
                "at_ms": self.at_ms,
                "previous_hash": self.previous_hash,
            }
        )

    def hashed(self, *, seq: int | None = None) -> str:
        """What ``entry_hash`` must be, were the entry at ``seq``."""
        return sha256_hex(self.content(seq=seq))


async def append(
    tx: Transaction, keys: Keys, *, kind: str, subject_id: str, subject_sha256: str, at_ms: int
) -> Entry:
    """Appends an entry within the caller's transaction.

    Appends wait for one another until their transactions end, so a chain has no forks.
    """
    await tx.execute("evidence_log_lock")
    last = await tx.row("evidence_log_last")
    bare = Entry(
        seq=last["seq"] + 1 if last else 1,
        kind=kind,
        subject_id=subject_id,
        subject_sha256=subject_sha256,
        at_ms=at_ms,
        previous_hash=last["entry_hash"] if last else FIRST,
        entry_hash="",
        signature=b"",
        key_id=keys.key_id,
    )
    content = bare.content()
    entry = msgspec.structs.replace(
        bare, entry_hash=sha256_hex(content), signature=keys.sign(content)
    )
    await tx.execute("evidence_log_append", **msgspec.structs.asdict(entry))
    return entry


def entry_of(row: dict[str, Any]) -> Entry:
    """An entry from its row."""
    return msgspec.convert({**row, "signature": bytes(row["signature"])}, Entry)
