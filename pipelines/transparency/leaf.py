"""Owns what a leaf says, and how one is asked for: within the transaction of what it tells of.

A leaf is numbered later, by the one sequencer, so that no stage ever waits for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from pipelines.evidence.canonical import canonical
from pipelines.stage import Save
from pipelines.store import Transaction


class Kind(StrEnum):
    """What a leaf tells of. A kind never changes its meaning; new ones are added."""

    RAW_BATCH = "raw_batch"
    FRAMES = "frames"
    RECORDING_PART = "recording_part"
    PIN = "pin"
    RECORD = "record"
    REVIEW = "review"
    VIEW = "view"
    REQUEST = "request"
    APPROVAL = "approval"
    EXPORT = "export"
    VERDICT = "verdict"
    REGISTER = "register"
    HOLD = "hold"
    RELEASE = "release"
    DELETION = "deletion"
    KEY = "key"
    CLUE = "clue"
    SILENCE = "silence"
    INCIDENT = "incident"
    CASE = "case"
    DUTY = "duty"
    NOTICE = "notice"
    ANSWER = "answer"


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened.

    Attributes:
        subject: id of what it happened to; leaves are looked up by it. No personal data.
        at_ms: when, by the clock of whoever tells.
        body: what happened, without floats (``canonical.number``). Only a salted digest of it goes
            into the tree, so that it can be forgotten: the place for names and reasons.
    """

    kind: Kind
    subject: str
    at_ms: int
    body: dict[str, Any]


def encode(leaves: Sequence[Leaf]) -> bytes:
    """Leaves on their way to the sequencer.

    Raises:
        TypeError: a body has no canonical form: it would stop the log later, far from who wrote it.
    """
    for leaf in leaves:
        canonical([leaf.subject, leaf.body])
    return msgspec.msgpack.encode(leaves)


def decode(data: bytes) -> list[Leaf]:
    """Reads them back."""
    return msgspec.msgpack.decode(data, type=list[Leaf])


def logged(*leaves: Leaf) -> Save:
    """The effect by which a stage logs leaves with what it stores."""
    return Save("log_wait", {"leaves": encode(leaves)})


async def log(tx: Transaction, *leaves: Leaf) -> None:
    """Logs leaves within the caller's transaction."""
    await tx.execute("log_wait", leaves=encode(leaves))
