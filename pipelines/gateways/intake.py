"""Owns the one way of a message into the log: hashed on arrival, acknowledged once the broker has it.

Every gateway (HTTP, MQTT, HJ 212) goes through here. It never looks into a message: what an
admitted sender sends is kept as it came, and the readings stage says what is wrong with it.
"""

from __future__ import annotations

import hashlib

from pipelines import codec, metrics, topics
from pipelines.errors import Transient
from pipelines.log import LogWriter
from pipelines.runtime import wall_clock_ms

MOST_BYTES = 900_000  # with its envelope within Kafka's default of a megabyte a record


class Busy(Transient):
    """As many messages wait for the broker as may: the sender must hold this one and try again."""


class Intake:
    """The way to the log, shared by all gateways of a process."""

    def __init__(self, writer: LogWriter, *, most_waiting: int = 256) -> None:
        """``most_waiting``: messages that may wait for the broker at once; bounds memory."""
        self._writer = writer
        self._most_waiting = most_waiting
        self._waiting = 0

    async def put(
        self, gateway: str, raw: bytes, *, site_id: str, received_ms: int, wire: str = "json"
    ) -> str:
        """Returns the message's SHA-256 in hex once the broker has it.

        Args:
            gateway: which kind took it in (``http``, ``mqtt``, ``hj212``): for the metric.
            raw: the sender's own bytes.
            site_id: whose message it is; all of a site's messages go to one partition, so that
                rules may look at several of its devices.
            wire: how to read ``raw``: see ``codec.Envelope.wire``.

        Raises:
            Transient: the broker is away (``Busy``: too much waits for it); nothing was kept.
        """
        if self._waiting >= self._most_waiting:
            metrics.GATEWAY.labels(gateway, "busy").inc()
            raise Busy(f"{self._waiting} messages wait for the broker already; try again later")
        envelope = codec.Envelope(
            kind="batch",
            gateway=site_id,
            received_ms=received_ms,
            raw=raw,
            sha256=hashlib.sha256(raw).hexdigest(),
            logged_ms=wall_clock_ms(),
            wire=wire,
        )
        self._waiting += 1
        try:
            await self._writer.send(topics.READINGS, site_id.encode(), codec.encode(envelope))
        except Transient:
            metrics.GATEWAY.labels(gateway, "broker_unavailable").inc()
            raise
        finally:
            self._waiting -= 1
        metrics.GATEWAY.labels(gateway, "accepted").inc()
        return envelope.sha256

    async def tick(self, received_ms: int) -> None:
        """Tells every partition what time it is, so that silence is noticed.

        Raises:
            Transient: the broker is away.
        """
        envelope = codec.Envelope(
            kind="tick", gateway="clock", received_ms=received_ms, logged_ms=wall_clock_ms()
        )
        for partition in await self._writer.partitions(topics.READINGS):
            value = codec.encode(envelope)
            await self._writer.send(topics.READINGS, b"tick", value, partition=partition)
