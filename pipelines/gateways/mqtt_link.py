"""The door to paho-mqtt: one connection to an MQTT broker, made asynchronous.

paho-mqtt because it is the Eclipse Foundation's own client, speaks 3.1.1 and 5, is maintained, and
can leave acknowledging to its caller (``manual_ack``). aiomqtt 2 wraps it and cannot; so it is used
directly. A link is never reused after it broke: an acknowledgement for a message of an old
connection then has nowhere to go, where on a new one it might name another message.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from pipelines.errors import Fatal, Transient

TOPICS = "vigil/v1/+/+/readings"
CLOCK = "vigil-clock"
KEEPALIVE_S = 30
CONNECT_S = 15.0
FOREVER = 0xFFFFFFFF  # of a session's expiry: MQTT 5, 3.1.2.11.2
CLOSING_LOOK_S = 0.2


class LinkLost(Transient):
    """The connection is gone or was refused; what was not acknowledged will be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where and as whom to connect; see ``target_of``."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    version: MQTTProtocolVersion
    client_id: str
    ca: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message as the broker delivered it; from ``content_type`` on empty without MQTT 5."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    content_type: str
    response_topic: str
    correlation: bytes
    clock: str


def target_of(url: str) -> Target:
    """Reads ``mqtt[s]://user:password@host[:port]?version=3.1.1&client_id=...&ca=FILE``.

    The client id names the session that the broker keeps while the gateway is away: keep it, and
    give a second gateway another. ``ca`` is a file of certificates to trust.

    Raises:
        Fatal: not such an address.
    """
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    version = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}.get(
        asked.pop("version", "5")
    )
    client_id, ca = asked.pop("client_id", "vigil-gateway"), asked.pop("ca", None)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or version is None or asked:
        raise Fatal(
            "VIGIL_MQTT_URL wants mqtt://user:password@host:1883 or mqtts://...:8883, and after a "
            "question mark version=5 or 3.1.1, client_id=NAME, ca=FILE"
        )
    tls = parts.scheme == "mqtts"
    return Target(
        host=parts.hostname,
        port=parts.port or (8883 if tls else 1883),
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        version=version,
        client_id=client_id,
        ca=ca,
    )


class Link:
    """``async with Link(target, most_unanswered=64) as link:`` is connected and subscribed.

    The broker keeps the session, so what is sent while nobody is connected comes afterwards.
    MQTT 5 tells the broker how much it may send ahead. Where it does not heed that (Mosquitto 2.0
    does not when a session is resumed) or is not told (3.1.1), the socket is not read on.
    """

    def __init__(self, target: Target, *, most_unanswered: int) -> None:
        """``most_unanswered``: messages the broker may send ahead of acknowledgements."""
        self._target = target
        self._most = most_unanswered
        self._room = threading.Semaphore(most_unanswered)
        self._closing = False
        self._inbox: asyncio.Queue[Arrived | None] = asyncio.Queue()
        self._why = ""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._five = target.version == MQTTProtocolVersion.MQTTv5
        self._client = self._made()

    async def __aenter__(self) -> Link:
        try:
            await asyncio.to_thread(self._connect)
            self._client.loop_start()
            async with asyncio.timeout(CONNECT_S):
                await self._ready
        except (OSError, ValueError, TimeoutError) as error:
            await self._close()
            raise LinkLost(f"{self._target.host}:{self._target.port}: {error!r}") from error
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def next(self) -> Arrived:
        """The next message.

        Raises:
            LinkLost: there will be none on this connection.
        """
        arrived = await self._inbox.get()
        if arrived is None:
            raise LinkLost(self._why)
        return arrived

    def acknowledge(self, arrived: Arrived) -> None:
        """Lets the broker forget a message; call it in the order of arrival (MQTT-4.6.0-2)."""
        self._room.release()
        self._client.ack(arrived.mid, arrived.qos)

    def publish(self, topic: str, payload: bytes, *, correlation: bytes = b"") -> None:
        """Sends a message with QoS 1, without waiting for it."""
        properties = None
        if self._five and correlation:
            properties = properties_of(PacketTypes.PUBLISH)
            properties.CorrelationData = correlation
        self._client.publish(topic, payload, qos=1, properties=properties)

    def _made(self) -> paho.Client:
        target = self._target
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=target.client_id,
            clean_session=None if self._five else False,
            protocol=target.version,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_S
        if target.user is not None:
            client.username_pw_set(target.user, target.password)
        if target.tls:
            client.tls_set(ca_certs=target.ca)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _connect(self) -> None:
        target = self._target
        if not self._five:
            self._client.connect(target.host, target.port, KEEPALIVE_S)
            return
        properties = properties_of(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = FOREVER
        properties.ReceiveMaximum = self._most
        self._client.connect(
            target.host, target.port, KEEPALIVE_S, clean_start=False, properties=properties
        )

    async def _close(self) -> None:
        self._closing = True
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    # What follows until the next line is called in paho's thread.

    def _on_connect(
        self, client: paho.Client, _: Any, __: Any, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            self._call(self._end, f"the broker refuses the gateway: {reason}")
        elif self._five:
            again = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            client.subscribe(TOPICS, options=SubscribeOptions(qos=1, retainHandling=again))
        else:
            client.subscribe(TOPICS, qos=1)

    def _on_subscribe(
        self, _: paho.Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        if reasons[0].is_failure:
            self._call(
                self._end, f"the broker does not let the gateway read {TOPICS}: {reasons[0]}"
            )
        else:
            self._call(self._begin)

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        self._call(self._begin)  # of a resumed session messages come before anything else
        while not self._room.acquire(timeout=CLOSING_LOOK_S):
            if self._closing:
                return
        said = message.properties
        users = dict(getattr(said, "UserProperty", ()))
        arrived = Arrived(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            mid=message.mid,
            content_type=getattr(said, "ContentType", ""),
            response_topic=getattr(said, "ResponseTopic", ""),
            correlation=getattr(said, "CorrelationData", b""),
            clock=users.get(CLOCK, ""),
        )
        self._call(self._inbox.put_nowait, arrived)

    def _on_disconnect(
        self, _: paho.Client, __: Any, ___: Any, reason: ReasonCode, ____: Properties | None
    ) -> None:
        self._call(self._end, f"connection lost: {reason}")

    def _call(self, function: Any, *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(function, *arguments)

    # What follows runs in the event loop.

    def _begin(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _end(self, why: str) -> None:
        self._why = self._why or why
        if not self._ready.done():
            self._ready.set_exception(LinkLost(why))
        self._inbox.put_nowait(None)


def properties_of(packet: int) -> Properties:
    """Empty properties for a kind of packet."""
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho's only untyped constructor
