"""A device that publishes by MQTT and waits for the broker's PUBACK, in either version."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from pipelines.gateways.mqtt_link import target_of

FIVE, THREE = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


class Publisher:
    """One connection as one user; ``send`` returns once the MQTT broker has the message."""

    def __init__(self, url: str, version: MQTTProtocolVersion = FIVE) -> None:
        target = target_of(url)
        self._where = (target.host, target.port)
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=version)
        self.client.username_pw_set(target.user or "", target.password)
        self._connected = threading.Event()
        self.client.on_connect = lambda *_: self._connected.set()
        self.client.on_disconnect = lambda *_: self._connected.clear()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.client.connect, *self._where)
        self.client.loop_start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)

    def start(self, topic: str, payload: bytes, qos: int = 1, **more: Any) -> paho.MQTTMessageInfo:
        return self.client.publish(topic, payload, qos=qos, **more)

    async def send(self, topic: str, payload: bytes, qos: int = 1, **more: Any) -> None:
        # A broker may hang up on who publishes what is not allowed; paho connects again by itself.
        assert await asyncio.to_thread(self._connected.wait, 20)
        info = self.start(topic, payload, qos, **more)
        if info.rc == MQTTErrorCode.MQTT_ERR_NO_CONN:  # hung up since: paho sends it later
            info.rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        await asyncio.to_thread(info.wait_for_publish, 20)
        assert info.is_published()


def topic_of(site_id: str, device: str) -> str:
    return f"vigil/v1/{site_id}/{device}/readings"
