"""The MQTT gateway: a client of a broker; acknowledges a message only once the log has it.

A device publishes to ``vigil/v1/SITE/DEVICE/readings`` with QoS 1, a ``vigil.readings.v1`` in JSON
or MessagePack, gzipped or not. **The broker authenticates**: one MQTT user per site, allowed below
``vigil/v1/%u/`` only, and one for the gateway (``infra/mosquitto.py`` has the access rules). What
the gateway refuses goes onto the log too, marked, and becomes a dead letter: MQTT has no way to
tell a publisher. With MQTT 5 a publisher who names a response topic below ``vigil/v1/SITE/answers``
is told when the log has its message, or why it was refused.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from itertools import count as numbers

import msgspec
import structlog

from pipelines.errors import Transient
from pipelines.gateways.contract import JSON, MSGPACK
from pipelines.gateways.intake import MOST_BYTES, Intake
from pipelines.gateways.mqtt_link import Arrived, Link, LinkLost, Target
from pipelines.gateways.outcomes import Outcome, count
from pipelines.readings.message import GZIP_MAGIC, REFUSED, device_of, sniff
from pipelines.runtime import wall_clock_ms

log = structlog.get_logger()
LEVELS = 5  # of a topic: vigil/v1/SITE/DEVICE/readings
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0  # a connection that held so long begins anew with short pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the gateway makes of a message without judging its content."""

    site_id: str
    wire: str
    raw: bytes
    received_ms: int
    refused: Outcome | None


@dataclass(frozen=True, slots=True)
class _Kept:
    arrived: Arrived
    answer: bytes
    answer_topic: str


class MqttGateway:
    """Connects, again and again, and hands on what comes.

    Attributes:
        connected: whether messages can come in now.
    """

    def __init__(
        self, intake: Intake, target: Target, *, simulated_clock: bool, most_unanswered: int = 64
    ) -> None:
        """``most_unanswered``: messages taken from the broker ahead of the log; bounds memory."""
        self.connected = False
        self._stalled = False
        self._intake = intake
        self._target = target
        self._simulated_clock = simulated_clock
        self._most_unanswered = most_unanswered

    async def run(self) -> None:
        """Serves until cancelled; a lost connection is made again with growing, random pauses."""
        tries, loop = 0, asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            try:
                await self._connection()
            except* LinkLost as lost:
                tries = 0 if loop.time() - began_s > STEADY_S else tries + 1
                why = "; ".join(str(error) for error in lost.exceptions)
                log.warning("no MQTT broker", why=why, tries=tries)
            await asyncio.sleep(pause_s(tries))

    async def _connection(self) -> None:
        async with Link(self._target, most_unanswered=self._most_unanswered) as link:
            self.connected = True
            log.info("MQTT broker connected", host=self._target.host, port=self._target.port)
            waiting: asyncio.Queue[asyncio.Task[_Kept]] = asyncio.Queue()
            try:
                # Ends when the link is lost, and with it what it had not acknowledged.
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_acknowledge(link, waiting))
                    while True:
                        arrived = await link.next()
                        waiting.put_nowait(tasks.create_task(self._keep(arrived)))
            finally:
                self.connected = False

    async def _keep(self, arrived: Arrived) -> _Kept:
        judged = self._judge(arrived)
        try:
            digest = await self._put(judged)
        except asyncio.CancelledError:
            if arrived.qos == 0:  # anything else the broker sends again
                count("mqtt", Outcome.UNACKNOWLEDGED)
            raise
        answer = {"sha256": digest} | ({"refused": judged.refused} if judged.refused else {})
        below = f"vigil/v1/{judged.site_id}/answers/"
        topic = arrived.response_topic if arrived.response_topic.startswith(below) else ""
        return _Kept(arrived, msgspec.json.encode(answer), topic)

    async def _put(self, judged: Judged) -> str:
        """Puts a message on the log, however long that is away; returns its SHA-256 in hex."""
        for tries in numbers():
            try:
                digest = await self._intake.put(
                    "mqtt",
                    judged.raw,
                    site_id=judged.site_id,
                    received_ms=judged.received_ms,
                    wire=judged.wire,
                )
                break
            except Transient as error:
                if not self._stalled:
                    log.warning("MQTT messages wait for the log", why=str(error))
                self._stalled = True
                await asyncio.sleep(pause_s(tries))
        self._stalled = False
        return digest

    def _judge(self, arrived: Arrived) -> Judged:
        received_ms, refused = wall_clock_ms(), None
        if self._simulated_clock and arrived.clock:
            if arrived.clock.isdecimal() and len(arrived.clock) < len(str(2**62)):
                received_ms = int(arrived.clock)
            else:
                refused = Outcome.BAD_CLOCK
        raw = arrived.payload
        wire = wire_of(raw, arrived.content_type)
        levels = arrived.topic.split("/")
        if len(levels) != LEVELS or not all(levels):
            refused = Outcome.BAD_TOPIC
        elif len(raw) > MOST_BYTES:
            raw, refused = raw[:MOST_BYTES], Outcome.TOO_LARGE  # no more fits into the log
        elif device_of(raw, wire) not in (None, levels[3]):
            refused = Outcome.FOREIGN_DEVICE
        return Judged(
            site_id=levels[2] or "unknown",
            wire=REFUSED + refused if refused else wire,
            raw=raw,
            received_ms=received_ms,
            refused=refused,
        )


async def _acknowledge(link: Link, waiting: asyncio.Queue[asyncio.Task[_Kept]]) -> None:
    """In the order of arrival, as MQTT asks, though they reach the log side by side."""
    while True:
        kept = await (await waiting.get())
        link.acknowledge(kept.arrived)
        if kept.answer_topic:
            link.publish(kept.answer_topic, kept.answer, correlation=kept.arrived.correlation)


def wire_of(raw: bytes, content_type: str) -> str:
    """How a payload is to be read: as MQTT 5's content type says, else as it looks."""
    media = content_type.partition(";")[0].strip().lower()
    packing = "+gzip" if raw[:2] == GZIP_MAGIC else ""
    if media == JSON:
        return "json" + packing
    return "msgpack" + packing if media in MSGPACK else sniff(raw)


def pause_s(tries: int) -> float:
    """Seconds before trying again: doubles, with jitter so that many do not come at once."""
    return random.uniform(0.5, 1.0) * min(LONGEST_PAUSE_S, 0.2 * 2.0 ** min(tries, 10))  # noqa: S311
