"""Owns telling a message that came before from a new one, by its device's numbers."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import msgspec

SEQS_REMEMBERED = 64
"""Per device: one older than these, and late as well, can no longer be told from a duplicate."""
DIGEST_BYTES = 8


class Verdict(Enum):
    """What a message is, going by its number."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    OLD = "old"  # too old to tell


class Seen(msgspec.Struct):
    """Sequence numbers of a device's latest messages, each with the start of its digest.

    Attributes:
        newest_ms: the newest reading of all messages; taken from the last of each block, as
            devices send them in order.
    """

    digests: dict[int, bytes] = {}
    forgotten: int = -1
    newest_ms: int = 0

    def take(self, seq: int, sha256: str, oldest_ms: Callable[[], int]) -> Verdict:
        """Judges a message and remembers it, unless it is a duplicate or conflicts.

        A number used again by other content is a conflict, but where all its readings are newer
        than any before (``oldest_ms`` gives the oldest), the device has begun to count anew.
        """
        digest = bytes.fromhex(sha256[: 2 * DIGEST_BYTES])
        before = self.digests.get(seq)
        if before == digest:
            return Verdict.DUPLICATE
        if before is not None:
            if oldest_ms() <= self.newest_ms:
                return Verdict.CONFLICT
            self.digests, self.forgotten = {}, -1
        old = seq <= self.forgotten
        self.digests[seq] = digest
        while len(self.digests) > SEQS_REMEMBERED:
            oldest = next(iter(self.digests))
            self.forgotten = max(self.forgotten, oldest)
            del self.digests[oldest]
        return Verdict.OLD if old else Verdict.NEW
