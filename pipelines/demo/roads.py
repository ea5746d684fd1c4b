"""Owns which way each site of the demo sends: HTTP, MQTT or HJ 212, so that all gateways are used.

The hotel publishes to a real Mosquitto; where none can be had, it sends by HTTP like the others.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType

import httpx

from infra.mosquitto import GATEWAY_USER, Mosquitto
from infra.stack.processes import StackError
from pipelines.demo.authority import DEVICES, STATION, device_key, gateway_key
from pipelines.demo.crew import Ports
from pipelines.errors import Transient
from pipelines.gateways.mqtt_link import Link, target_of
from pipelines.gateways.outgoing import Outgoing
from pipelines.gateways.play import Packed, Plain, Road
from pipelines.gateways.play_hj212 import Hj212
from pipelines.gateways.play_mqtt import Mqtt

PACKED, MQTT, HJ212 = "clinic-main", "hotel-main", "supply-room"
"""The sites that do not send JSON over HTTP; the clinic's devices have keys of their own."""


class Roads:
    """``with Roads(...) as roads``: ``open`` them, let the gateway start, then ``lead``.

    Attributes:
        sent: messages that each gateway has acknowledged.
        without_mqtt: why there is no MQTT broker; empty when there is one.
    """

    def __init__(self, workdir: Path, *, cache: Path, tell: Callable[[str], None]) -> None:
        """``cache``: where Mosquitto is kept when it had to be fetched."""
        users = {name: secrets.token_hex(16) for name in (GATEWAY_USER, MQTT)}
        self._mosquitto = Mosquitto(workdir, users=users, cache=cache, tell=tell)
        self.without_mqtt = "not started"
        self.sent: Counter[str] = Counter()

    def __enter__(self) -> Roads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mosquitto.stop()

    @property
    def mqtt_url(self) -> str:
        """Where the gateway finds the broker; empty when there is none."""
        return "" if self.without_mqtt else self._mosquitto.url(GATEWAY_USER)

    def open(self) -> None:
        """Starts Mosquitto, fetched where it is not installed; never fails for it."""
        try:
            self._mosquitto.start()
            asyncio.run(_subscribe(self._mosquitto.url(GATEWAY_USER)))
        except (StackError, Transient, OSError) as error:
            self._mosquitto.stop()
            self.without_mqtt = str(error).partition("\n")[0]
        else:
            self.without_mqtt = ""

    @asynccontextmanager
    async def lead(self, ports: Ports, *, station: bool) -> AsyncIterator[Mapping[str, Road]]:
        """Every site's road, connected.

        Args:
            station: whether the readings are such as HJ 212 can say (a code each, whole seconds).
        """
        async with AsyncExitStack() as stack:
            client = httpx.AsyncClient(base_url=ports.gateway_url, timeout=30)
            await stack.enter_async_context(client)
            plain = _Counted(Plain(client, gateway_key), self.sent, "http")
            packed = _Counted(Packed(client, gateway_key, device_key), self.sent, "http")
            roads: dict[str, Road] = {site_id: plain for _, _, site_id, _ in DEVICES}
            roads[PACKED] = packed
            if station:
                line = Hj212("127.0.0.1", ports.hj212, mn=STATION[0], pw=STATION[1])
                await stack.enter_async_context(line)
                roads[HJ212] = _Counted(line, self.sent, "hj212")
            if not self.without_mqtt:
                mqtt = await stack.enter_async_context(Mqtt({MQTT: self._mosquitto.url(MQTT)}))
                roads[MQTT] = _Counted(mqtt, self.sent, "mqtt")
            yield roads


class _Counted:
    """A road that counts what its gateway has acknowledged."""

    def __init__(self, road: Road, sent: Counter[str], gateway: str) -> None:
        self._road = road
        self._sent = sent
        self._gateway = gateway

    async def send(self, message: Outgoing) -> None:
        await self._road.send(message)
        self._sent[self._gateway] += 1


async def _subscribe(url: str) -> None:
    """Makes the gateway's session: the broker keeps for it what comes before it has connected."""
    async with Link(target_of(url), most_unanswered=1):
        pass
