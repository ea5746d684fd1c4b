"""The one place where bytes become types: the versioned wire of every topic but ``frames``.

Everything on the wire is MessagePack of a tagged struct with a version. Unknown versions are
refused with a reason, never guessed at.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from detectors.types import Signal
from pipelines.errors import BadMessage

VERSION = 1


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway's message as it arrived.

    Attributes:
        received_ms: the gateway's clock when the message came in; drives the watermark.
        raw: the sender's own bytes, untouched; empty for a tick.
        sha256: hex digest of ``raw``, taken on arrival.
        wire: how ``raw`` is to be read: ``json``, ``msgpack``, either with ``+gzip``, or ``hj212``;
            ``refused/REASON`` for what a gateway refused and yet kept.
        logged_ms: wall clock when the gateway handed it to the log; only latency is measured by it.
    """

    v: int = VERSION
    kind: str  # "batch" or "tick"
    gateway: str  # the site whose message it is; "clock" for a tick
    received_ms: int
    raw: bytes = b""
    sha256: str = ""
    logged_ms: int = 0
    wire: str = "json"


class SignalMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's signal, with the wall clock at which its deciding input reached the log."""

    v: int = VERSION
    signal: Signal
    input_at_ms: int


class AlertMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An alert was stored and waits for its evidence to be sealed."""

    v: int = VERSION
    alert_id: str


class VerdictMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An officer decided an alert, or its case is to be drawn up anew."""

    v: int = VERSION
    event_id: str
    alert_id: str
    party_id: str
    verdict: str  # "confirmed", "dismissed", "reopened" or "corrected"
    reason_code: str
    actor: str
    at_ms: int


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The case system called back; ``body`` is its JSON as received and verified."""

    v: int = VERSION
    answer_id: str
    case_id: str
    party_id: str
    kind: str
    at_ms: int
    body: bytes


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A refused message: where it was, why, and its original bytes."""

    v: int = VERSION
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    original: bytes


Message = TypeVar("Message", bound=msgspec.Struct)


def encode(message: msgspec.Struct) -> bytes:
    """Serialises any of this module's structs."""
    return msgspec.msgpack.encode(message)


def decode(data: bytes | None, kind: type[Message]) -> Message:
    """Parses ``data`` as ``kind``.

    Raises:
        BadMessage: not MessagePack, not this struct, or a version this worker does not speak.
    """
    try:
        message = msgspec.msgpack.decode(data or b"", type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadMessage("undecodable", str(error)) from error
    version = getattr(message, "v", VERSION)
    if version != VERSION:
        raise BadMessage("unknown_version", f"version {version}, this worker speaks {VERSION}")
    return message
