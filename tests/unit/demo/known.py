"""The demo's register as stages see it, without a database."""

from __future__ import annotations

import hashlib

from pipelines import codec, topics
from pipelines.demo.authority import register
from pipelines.gateways.outgoing import Outgoing
from pipelines.registry.snapshot import Registry, assemble
from pipelines.stage import Message

DAY_START_MS = 1_772_294_400_000  # 2026-03-01 in Shanghai


def demo_registry() -> Registry:
    """What `load_registry` reads of the demo's register."""
    return assemble(register(DAY_START_MS))


def batch(sent: Outgoing, offset: int = 0) -> Message:
    """A message as the gateway puts it on the log."""
    envelope = codec.Envelope(
        kind="batch", gateway=sent.site_id, received_ms=sent.at_ms, raw=sent.body,
        sha256=hashlib.sha256(sent.body).hexdigest(),
    )  # fmt: skip
    return on_log(codec.encode(envelope), offset)


def tick(at_ms: int, offset: int = 0) -> Message:
    """Time passing."""
    envelope = codec.Envelope(kind="tick", gateway="clock", received_ms=at_ms)
    return on_log(codec.encode(envelope), offset)


def on_log(value: bytes, offset: int = 0, topic: str = topics.READINGS) -> Message:
    """Bytes on partition 0."""
    return Message(topic=topic, partition=0, offset=offset, key=b"", value=value)
