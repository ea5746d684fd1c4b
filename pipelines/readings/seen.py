"""Owns telling a message that came before from a new one, by its device's numbers."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import msgspec

SEQS_REMEMBERED = 64
"""Per device: one older than these, and late as well, can no longer be told from a duplicate."""
SEQ_BYTES = DIGEST_BYTES = 8
RECORD_BYTES = SEQ_BYTES + DIGEST_BYTES


class Verdict(Enum):
    """What a message is, going by its number."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    OLD = "old"  # too old to tell


class Seen(msgspec.Struct):
    """Sequence numbers of a device's latest messages, each with the start of its digest.

    Attributes:
        records: number and digest of each, oldest first, packed: there are very many devices.
        newest_ms: the newest reading of all messages; taken from the last of each block, as
            devices send them in order.
    """

    records: bytes = b""
    forgotten: int = -1
    newest_ms: int = 0

    def take(self, seq: int, sha256: str, oldest_ms: Callable[[], int]) -> Verdict:
        """Judges a message and remembers it, unless it is a duplicate or conflicts.

        A number used again by other content is a conflict, but where all its readings are newer
        than any before (``oldest_ms`` gives the oldest), the device has begun to count anew.
        """
        number, digest = seq.to_bytes(SEQ_BYTES), bytes.fromhex(sha256[: 2 * DIGEST_BYTES])
        before = self._digest_of(number)
        if before == digest:
            return Verdict.DUPLICATE
        if before is not None:
            if oldest_ms() <= self.newest_ms:
                return Verdict.CONFLICT
            self.records, self.forgotten = b"", -1
        old = seq <= self.forgotten
        self.records += number + digest
        if len(self.records) > SEQS_REMEMBERED * RECORD_BYTES:
            self.forgotten = max(self.forgotten, int.from_bytes(self.records[:SEQ_BYTES]))
            self.records = self.records[RECORD_BYTES:]
        return Verdict.OLD if old else Verdict.NEW

    def _digest_of(self, number: bytes) -> bytes | None:
        at = self.records.find(number)
        while at >= 0 and at % RECORD_BYTES:  # some other bytes that look like it
            at = self.records.find(number, at + 1)
        return None if at < 0 else self.records[at + SEQ_BYTES : at + RECORD_BYTES]
