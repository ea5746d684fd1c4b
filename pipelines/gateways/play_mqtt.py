"""Owns playing a site's messages through an MQTT broker, each until the gateway answers for it.

A publisher's acknowledgement comes from the MQTT broker and says nothing of the log; so every
message names a response topic, and the gateway answers there once the log has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from pipelines.errors import Transient
from pipelines.gateways.contract import JSON
from pipelines.gateways.mqtt_link import CLOCK, KEEPALIVE_S, properties_of, target_of
from pipelines.gateways.outgoing import Outgoing
from pipelines.gateways.play import device_level

ANSWER_S = 60.0


class Mqtt:
    """The road of the sites whose addresses it is given: ``async with Mqtt(url_of) as road``."""

    def __init__(self, url_of: Mapping[str, str]) -> None:
        """``url_of``: site id to ``mqtt://user:password@host:port`` of that site's user."""
        self._url_of = url_of
        self._clients: dict[str, paho.Client] = {}
        self._asked: dict[bytes, asyncio.Future[bytes]] = {}
        self._numbers = count()
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Mqtt:
        for site_id, url in self._url_of.items():
            self._clients[site_id] = await self._connected(site_id, url)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    async def send(self, message: Outgoing) -> None:
        """Returns once the log has the message.

        Raises:
            Transient: the gateway did not answer in time.
        """
        await self.ask(message.site_id, device_level(message.body), message.body, message.at_ms)

    async def ask(
        self, site_id: str, device: str, body: bytes, at_ms: int, media: str = JSON
    ) -> bytes:
        """Publishes a payload and returns the gateway's answer, JSON.

        Raises:
            Transient: it did not answer in time.
        """
        number = str(next(self._numbers)).encode()
        properties = properties_of(PacketTypes.PUBLISH)
        properties.ResponseTopic = _answers(site_id)
        properties.CorrelationData = number
        properties.UserProperty = (CLOCK, str(at_ms))
        if media:
            properties.ContentType = media
        self._asked[number] = self._loop.create_future()
        topic = f"vigil/v1/{site_id}/{device}/readings"
        self._clients[site_id].publish(topic, body, qos=1, properties=properties)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._asked[number]
        except TimeoutError as error:
            raise Transient(f"no answer to a message on {topic} in {ANSWER_S:g} s") from error
        finally:
            del self._asked[number]

    async def _connected(self, site_id: str, url: str) -> paho.Client:
        target = target_of(url)
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(target.user or "", target.password)
        ready = asyncio.Event()

        def subscribe(connected: paho.Client, *_: Any) -> None:
            connected.subscribe(_answers(site_id), qos=1)

        def subscribed(*_: Any) -> None:
            self._loop.call_soon_threadsafe(ready.set)

        def answered(_: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
            number = getattr(message.properties, "CorrelationData", b"")
            self._loop.call_soon_threadsafe(self._answer, number, bytes(message.payload))

        client.on_connect, client.on_subscribe, client.on_message = subscribe, subscribed, answered
        await asyncio.to_thread(client.connect, target.host, target.port, KEEPALIVE_S)
        client.loop_start()
        async with asyncio.timeout(ANSWER_S):
            await ready.wait()
        return client

    def _answer(self, number: bytes, payload: bytes) -> None:
        asked = self._asked.get(number)
        if asked is not None and not asked.done():  # delivered twice, or nobody waits any more
            asked.set_result(payload)


def _answers(site_id: str) -> str:
    return f"vigil/v1/{site_id}/answers/player"
