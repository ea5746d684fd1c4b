"""Owns playing messages through the HTTP gateway, faster than they happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby

import httpx

from pipelines.gateways.outgoing import Outgoing

TICK_MS = 5 * 60 * 1000
TRIES = 8


async def play(
    messages: Sequence[Outgoing],
    *,
    url: str,
    key_of: Callable[[str], str],
    until_ms: int,
    pace: float = 0.0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Sends messages in order of arrival, a tick to all partitions every five simulated minutes.

    Args:
        key_of: site id to its gateway's key.
        until_ms: simulated end; ticks go on until here.
        pace: simulated seconds a real second; 0 is as fast as the gateway answers.

    Returns:
        How many messages were sent, ticks not counted.
    """
    done = 0
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        clock = messages[0].at_ms if messages else until_ms
        # What arrives within one second goes side by side, a site after itself; all else in order.
        for second, group in groupby(messages, key=lambda m: m.at_ms // 1000):
            while clock < second * 1000 // TICK_MS * TICK_MS:
                clock = await _tick(client, messages[0].site_id, key_of, clock, pace)
            lanes: dict[str, list[Outgoing]] = {}
            for message in group:
                lanes.setdefault(message.site_id, []).append(message)
            async with asyncio.TaskGroup() as sending:
                for lane in lanes.values():
                    sending.create_task(_lane(client, lane, key_of))
            done += sum(map(len, lanes.values()))
            progress(done, len(messages))
        while messages and clock < until_ms:
            clock = await _tick(client, messages[0].site_id, key_of, clock, pace)
    return done


async def _lane(
    client: httpx.AsyncClient, lane: Sequence[Outgoing], key_of: Callable[[str], str]
) -> None:
    for message in lane:
        await _post(client, "/v1/readings", message.body, key_of(message.site_id), message.at_ms)


async def _tick(
    client: httpx.AsyncClient, site_id: str, key_of: Callable[[str], str], clock: int, pace: float
) -> int:
    following = (clock // TICK_MS + 1) * TICK_MS
    if pace:
        await asyncio.sleep((following - clock) / 1000 / pace)
    await _post(client, "/v1/ticks", b"", key_of(site_id), following)
    return following


async def _post(client: httpx.AsyncClient, path: str, body: bytes, key: str, at_ms: int) -> None:
    headers = {"X-Gateway-Key": key, "X-Vigil-Clock": str(at_ms)}
    for attempt in range(TRIES):
        try:
            answer = await client.post(path, content=body, headers=headers)
            if answer.status_code < 500:  # noqa: PLR2004
                answer.raise_for_status()
                return
        except httpx.TransportError:
            if attempt == TRIES - 1:
                raise
        await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
    raise RuntimeError(f"gateway {path} does not take messages: {answer.text}")
