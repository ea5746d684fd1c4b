"""Owns playing messages through the gateways, faster than they happened.

A message counts as sent once its gateway says that the log has it, whichever road it took: so no
tick overtakes a message.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Protocol

import httpx
import msgspec

from pipelines.errors import BadMessage
from pipelines.gateways.contract import MSGPACK
from pipelines.gateways.outgoing import Outgoing
from pipelines.readings.message import device_of, parse

TICK_MS = 5 * 60 * 1000
TRIES = 8


class Road(Protocol):
    """One way for messages of a site to their gateway."""

    async def send(self, message: Outgoing) -> None:
        """Returns once the log has the message."""


class Plain:
    """JSON over HTTP with the site's gateway key."""

    def __init__(self, client: httpx.AsyncClient, key_of: Callable[[str], str]) -> None:
        """``client`` has the gateway's base URL; ``key_of``: site id to its gateway's key."""
        self._client = client
        self._key_of = key_of

    async def send(self, message: Outgoing) -> None:
        """Returns once the log has the message."""
        headers = {"X-Gateway-Key": self._key_of(message.site_id)}
        await _post(self._client, "/v1/readings", message.body, headers, message.at_ms)


class Packed:
    """Gzipped MessagePack over HTTP with the device's own key; what is no message goes as it is."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        key_of: Callable[[str], str],
        device_key_of: Callable[[str], str],
    ) -> None:
        """``device_key_of``: device id to its key."""
        self._client = client
        self._key_of = key_of
        self._device_key_of = device_key_of

    async def send(self, message: Outgoing) -> None:
        """Returns once the log has the message."""
        headers = {"Content-Type": MSGPACK[0], "Content-Encoding": "gzip"}
        try:
            parsed = parse(message.body)
        except BadMessage:
            body, headers["X-Gateway-Key"] = message.body, self._key_of(message.site_id)
        else:
            body = msgspec.msgpack.encode(parsed)
            headers["X-Device-Key"] = self._device_key_of(parsed.device)
        body = gzip.compress(body, mtime=0)  # the same message has the same bytes again
        await _post(self._client, "/v1/readings", body, headers, message.at_ms)


async def play(
    messages: Sequence[Outgoing],
    *,
    url: str,
    key_of: Callable[[str], str],
    until_ms: int,
    pace: float = 0.0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    via: Mapping[str, Road] | None = None,
) -> int:
    """Sends messages in order of arrival, a tick to all partitions every five simulated minutes.

    Args:
        key_of: site id to its gateway's key.
        until_ms: simulated end; ticks go on until here.
        pace: simulated seconds a real second; 0 is as fast as the gateway answers.
        via: the road of a site's messages where it is not ``Plain``.

    Returns:
        How many messages were sent, ticks not counted.
    """
    done = 0
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        plain, roads = Plain(client, key_of), via or {}
        clock = messages[0].at_ms if messages else until_ms
        # What arrives within one second goes side by side, a site after itself; all else in order.
        for second, group in groupby(messages, key=lambda m: m.at_ms // 1000):
            while clock < second * 1000 // TICK_MS * TICK_MS:
                clock = await _tick(client, messages[0].site_id, key_of, clock, pace)
            lanes: dict[str, list[Outgoing]] = {}
            for message in group:
                lanes.setdefault(message.site_id, []).append(message)
            async with asyncio.TaskGroup() as sending:
                for site_id, lane in lanes.items():
                    sending.create_task(_lane(roads.get(site_id, plain), lane))
            done += sum(map(len, lanes.values()))
            progress(done, len(messages))
        while messages and clock < until_ms:
            clock = await _tick(client, messages[0].site_id, key_of, clock, pace)
    return done


async def _lane(road: Road, lane: Sequence[Outgoing]) -> None:
    for message in lane:
        await road.send(message)


async def _tick(
    client: httpx.AsyncClient, site_id: str, key_of: Callable[[str], str], clock: int, pace: float
) -> int:
    following = (clock // TICK_MS + 1) * TICK_MS
    if pace:
        await asyncio.sleep((following - clock) / 1000 / pace)
    await _post(client, "/v1/ticks", b"", {"X-Gateway-Key": key_of(site_id)}, following)
    return following


async def _post(
    client: httpx.AsyncClient, path: str, body: bytes, headers: dict[str, str], at_ms: int
) -> None:
    clocked = {**headers, "X-Vigil-Clock": str(at_ms)}
    for attempt in range(TRIES):
        try:
            answer = await client.post(path, content=body, headers=clocked)
            if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:  # noqa: PLR2004
                answer.raise_for_status()
                return
        except httpx.TransportError:
            if attempt == TRIES - 1:
                raise
        await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
    raise RuntimeError(f"gateway {path} does not take messages: {answer.text}")


def device_level(body: bytes) -> str:
    """The device in a message's MQTT topic; a message that names none gets a level all the same."""
    device = device_of(body, "json")
    return device if device and not set(device) & set("/+#\0") else "unnamed"
