"""Owns the one way of a message into the log: hashed on arrival, answered once the broker has it.

Every gateway (HTTP, MQTT, HJ 212) goes through here. It never looks into a message: what an
admitted sender sends is kept as it came, and the readings stage says what is wrong with it.
"""

from __future__ import annotations

import hashlib

from pipelines import codec, topics
from pipelines.errors import Transient
from pipelines.gateways.outcomes import Outcome, count
from pipelines.log import LogWriter
from pipelines.readings.message import REFUSED
from pipelines.runtime import wall_clock_ms

MOST_BYTES = 900_000  # with its envelope within Kafka's default of a megabyte a record
MOST_WAITING_BYTES = 64 << 20  # so that a few large messages weigh as much as many small ones


class Busy(Transient):
    """As many messages wait for the broker as may: the sender must hold this one and try again."""


class Intake:
    """The way to the log, shared by all gateways of a process."""

    def __init__(self, writer: LogWriter, *, most_waiting: int = 256) -> None:
        """``most_waiting``: messages that may wait for the broker at once; bounds memory."""
        self._writer = writer
        self._most_waiting = most_waiting
        self._waiting = 0
        self._waiting_bytes = 0

    @property
    def busy(self) -> bool:
        """Whether the next message would be pushed back."""
        return self._waiting >= self._most_waiting or self._waiting_bytes >= MOST_WAITING_BYTES

    async def put(
        self, gateway: str, raw: bytes, *, site_id: str, received_ms: int, wire: str = "json"
    ) -> str:
        """Returns the message's SHA-256 in hex once the broker has it.

        Args:
            gateway: which kind took it in (``http``, ``mqtt``, ``hj212``): for the metric.
            raw: the sender's own bytes.
            site_id: whose message it is; all of a site's messages go to one partition, so that
                rules may look at several of its devices.
            wire: how to read ``raw``: see ``codec.Envelope.wire`` and ``readings.message.parse``.

        Raises:
            Transient: the broker is away (``Busy``: too much waits for it); nothing was kept.
        """
        if self.busy:
            count(gateway, Outcome.BUSY)
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
        self._waiting_bytes += len(raw)
        try:
            await self._writer.send(topics.READINGS, site_id.encode(), codec.encode(envelope))
        except Transient:
            count(gateway, Outcome.BROKER_UNAVAILABLE)
            raise
        finally:
            self._waiting -= 1
            self._waiting_bytes -= len(raw)
        refused = wire.startswith(REFUSED)
        count(gateway, Outcome(wire.removeprefix(REFUSED)) if refused else Outcome.ACCEPTED)
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
