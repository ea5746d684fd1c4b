"""Owns the ``head`` file beside the keys: the newest log entry that is known to be committed.

It lives outside the database, so that cutting the end off the log is seen. It is made before the
first entry, moves only forward, and only to an entry that was read back after its commit: a crash
leaves it behind, never ahead. Once lost it is not made anew: that would hide what was cut off.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pipelines.evidence.canonical import canonical
from pipelines.evidence.keys import Keys
from pipelines.evidence.log import FIRST, Entry, entry_of
from pipelines.store import Database

NAME = "head"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest entry's place and hash, signed (``signature`` in hex, over ``content()``)."""

    head_seq: int
    entry_hash: str
    key_id: str
    signature: str = ""

    def content(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical({"head_seq": self.head_seq, "entry_hash": self.entry_hash})


class BadHead(Exception):
    """The head file is not one that our keys wrote; the text says why."""


def read(keys: Keys) -> Head | None:
    """The head, or None when there is no file.

    Raises:
        BadHead: unreadable, or its signature is not by a known key.
    """
    path = keys.folder / NAME
    if not path.exists():
        return None
    try:
        head = msgspec.json.decode(path.read_bytes(), type=Head)
        signature = bytes.fromhex(head.signature)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadHead(f"cannot be read: {error}") from error
    if not keys.verify(head.key_id, head.content(), signature):
        raise BadHead(f"signature by key {head.key_id} does not hold")
    return head


async def advance(database: Database, keys: Keys) -> bool:
    """Moves the head to the newest committed entry; returns whether it is now there.

    It stays (False) where the log no longer continues what the head knows: that is for
    ``verify`` to name, and must not be papered over.
    """
    while True:
        last = await database.row("evidence_log_last")
        try:
            known = read(keys)
        except BadHead:
            return False
        continues = known is not None and await _continues(database, known)
        newest = entry_of(last) if last is not None else None
        # The file lock is held in a thread and never across an await: two coroutines of one
        # process that wait for each other's lock would stop the whole event loop.
        there = await asyncio.to_thread(_move, keys, known, newest, continues=continues)
        if there is not None:
            return there


def _move(
    keys: Keys, expected: Head | None, newest: Entry | None, *, continues: bool
) -> bool | None:
    """Whether the head is at the newest entry; None when somebody else moved it meanwhile."""
    with _locked(keys.folder):
        known = read(keys)
        if known != expected:
            return None
        if newest is None or known is None:
            if newest is None and known is None:
                _write(keys, 0, FIRST)
            return newest is None and (known is None or known.head_seq == 0)
        if newest.seq <= known.head_seq:
            return newest.seq == known.head_seq and newest.entry_hash == known.entry_hash
        if not (continues and keys.verify(newest.key_id, newest.content(), newest.signature)):
            return False
        _write(keys, newest.seq, newest.entry_hash)
    return True


async def _continues(database: Database, known: Head) -> bool:
    if known.head_seq == 0:
        return True
    row = await database.row("evidence_log_at", seq=known.head_seq)
    return row is not None and row["entry_hash"] == known.entry_hash


def _write(keys: Keys, seq: int, entry_hash: str) -> None:
    bare = Head(head_seq=seq, entry_hash=entry_hash, key_id=keys.key_id)
    signed = msgspec.structs.replace(bare, signature=keys.sign(bare.content()).hex())
    partial = keys.folder / f".{NAME}.tmp"
    with partial.open("wb") as file:
        file.write(canonical(msgspec.to_builtins(signed)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(keys.folder / NAME)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
