"""Owns checkpoints: how large the tree is and its root, signed (c2sp.org/tlog-checkpoint).

One extension line tells the time by the log's own clock, so that it is signed too; an outsider
may ignore it, a time-stamp authority is what proves a time.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.transparency import note
from pipelines.transparency.merkle import HASH_BYTES
from pipelines.transparency.note import BadNote, Verifier

_SIZE = re.compile(r"0|[1-9][0-9]*")
_TIME = re.compile(r"at_ms ([1-9][0-9]*|0)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head. ``at_ms`` is None where the checkpoint says no time; ``root`` is 32 bytes."""

    origin: str
    size: int
    root: bytes
    at_ms: int | None = None

    def text(self) -> str:
        """The note's text."""
        time = "" if self.at_ms is None else f"at_ms {self.at_ms}\n"
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{time}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint, its bytes as published, and the known keys that signed it."""

    checkpoint: Checkpoint
    note: bytes
    signers: tuple[Verifier, ...]


def read_text(text: str) -> Checkpoint:
    """Reads a note's text; extension lines that we do not know are passed over.

    Raises:
        BadNote: it is no checkpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three and the end
        raise BadNote("not a checkpoint: fewer than three lines, or an empty one")
    origin, size, encoded, *extensions = lines[:-1]
    if not _SIZE.fullmatch(size):
        raise BadNote(f"not a tree size: {size[:40]!r}")
    try:
        root = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadNote("the root hash is not base64") from error
    if len(root) != HASH_BYTES:
        raise BadNote(f"the root hash has {len(root)} bytes")
    times = [found for line in extensions if (found := _TIME.fullmatch(line))]
    return Checkpoint(
        origin=origin, size=int(size), root=root, at_ms=int(times[0][1]) if times else None
    )


def open_checkpoint(data: bytes, known: Iterable[Verifier]) -> SignedCheckpoint:
    """Reads a checkpoint that one of these keys must have signed.

    Raises:
        BadNote: it is none, or no known key signed it.
    """
    text, signers = note.opened(data, known)
    return SignedCheckpoint(checkpoint=read_text(text), note=data, signers=signers)
