"""Slow, broken and hostile peers of the HJ 212 gateway, while a good station goes on unharmed."""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from socket import SO_RCVBUF, SOL_SOCKET

import pytest

from pipelines.gateways.intake import Intake
from pipelines.hj212.frame import encode
from pipelines.hj212.station import Station
from pipelines.log import LogWriter
from pipelines.store import Database
from tests.contract.gateways.hj212_bed import (
    BRISK,
    HOST,
    POOL_MN,
    PW,
    Counts,
    Peer,
    enrol_stations,
    frame,
    gateway,
    peer,
    split_frames,
    until,
)
from tests.contract.gateways.listener import Listener

MEGABYTE = 1 << 20
LIMITS = replace(BRISK, first_frame_s=1.0, frame_s=1.0, of_address=40)


@pytest.fixture
async def port(enrolled: Database, enrolled_url: str, writer: LogWriter) -> AsyncIterator[int]:
    enrol_stations(enrolled_url)
    async with gateway(Intake(writer), enrolled, LIMITS) as opened:
        yield opened


@asynccontextmanager
async def good_station(port: int, listener: Listener, first: int) -> AsyncIterator[list[bytes]]:
    """A station that sends all the while; afterwards all of it must be answered and on the log."""
    sent: list[bytes] = []
    stop = asyncio.Event()

    async def work() -> None:
        async with Station(HOST, port, overtime_s=5, recount=0) as station:
            while not stop.is_set():
                raw = frame(first + len(sent))
                assert await station.send([raw]), "the good station was not answered"
                sent.append(raw)
                await asyncio.sleep(0.02)

    working = asyncio.create_task(work())
    try:
        await until(lambda: bool(sent))
        yield sent
    finally:
        stop.set()
        await working
    await listener.until(lambda: all(listener.count(raw) == 1 for raw in sent))


async def half_a_frame(port: int) -> None:
    async with peer(port) as one:
        await one.send(frame(0)[:60])
        assert await one.closed(limit_s=3)


async def nothing_at_all(port: int) -> None:
    async with peer(port) as one:
        assert await one.closed(limit_s=3)


async def byte_by_byte(port: int) -> None:
    async with peer(port) as one:
        with suppress(ConnectionError):
            for byte in frame(0):
                await one.send(bytes([byte]))
                await asyncio.sleep(0.05)
        assert await one.closed(limit_s=3)


async def garbage(port: int) -> None:
    noise = random.Random(1).randbytes(MEGABYTE).replace(b"#", b"-")
    async with peer(port) as one:
        with suppress(ConnectionError):
            for _ in range(10):
                await one.send(noise)
        assert await one.closed(limit_s=3)


async def endless_lengths(port: int) -> None:
    async with peer(port) as one:
        with suppress(ConnectionError):
            for _ in range(10):
                await one.send(b"##9999" * 20_000)
        assert await one.closed(limit_s=3)


async def endless_heads(port: int) -> None:
    """Each of these heads asks for a checksum over a thousand bytes."""
    async with peer(port) as one:
        with suppress(ConnectionError):
            for _ in range(10):
                await one.send(b"##1004\r\n" * 20_000)
        assert await one.closed(limit_s=3)


async def never_reads(port: int) -> None:
    """Asks for answers without end and takes none."""
    ask = encode(f"QN=20260301080500000;CN=9015;PW={PW};MN={POOL_MN};Flag=5;CP=&&&&".encode())

    async def asking(one: Peer) -> None:
        while True:
            await one.send(ask * 100)

    async with peer(port) as one:
        one.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        with pytest.raises(OSError, match=r"reset|lost|Broken"):
            await asking(one)


HOSTILE: dict[str, tuple[Callable[[int], Coroutine[None, None, None]], str]] = {
    "half a frame, then silence": (half_a_frame, "closed_silent"),
    "nothing": (nothing_at_all, "closed_silent"),
    "byte by byte": (byte_by_byte, "closed_silent"),
    "ten megabytes of garbage": (garbage, "closed_hostile"),
    "endless lengths": (endless_lengths, "closed_hostile"),
    "endless heads": (endless_heads, "closed_hostile"),
    "asks and never reads": (never_reads, "closed_not_reading"),
}


@pytest.mark.parametrize(
    ("index", "peer_of", "outcome"),
    [(index, *case) for index, case in enumerate(HOSTILE.values())],
    ids=HOSTILE.keys(),
)
async def test_a_hostile_peer_is_sent_away(
    port: int,
    listener: Listener,
    index: int,
    peer_of: Callable[[int], Coroutine[None, None, None]],
    outcome: str,
) -> None:
    """It is cut off and counted, and the good station beside it misses nothing."""
    counts = Counts()
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with good_station(port, listener, 10_000 + 1000 * index) as sent:
        before = len(sent)
        await asyncio.gather(*(peer_of(port) for _ in range(3)))
        await until(lambda: counts.grown().get(outcome, 0) >= 3)
        await until(lambda: len(sent) > before)
    assert counts.grown()[outcome] == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kb < 100 * 1024


async def test_a_lying_length_only_delays_the_frame_behind_it(
    port: int, listener: Listener
) -> None:
    """When no more comes, what was taken for a long frame is searched for good ones."""
    raw = frame(29_000)
    async with peer(port) as one:
        await one.send(b"##0999" + raw)
        assert len(await one.answers(1, limit_s=5)) == 1
        assert await one.closed(limit_s=3)
    await listener.until(lambda: listener.count(raw) == 1)


async def test_two_hundred_connections(port: int, listener: Listener) -> None:
    """An address has a share; the good station keeps its line, and another address gets one."""
    counts = Counts()
    async with good_station(port, listener, 30_000) as sent, AsyncExitStack() as crowd:
        for _ in range(200):
            await crowd.enter_async_context(peer(port))
        await until(lambda: counts.grown().get("too_many_connections", 0) >= 161)
        before = len(sent)
        async with peer(port, source="127.0.0.2") as other:
            await other.send(frame(39_999))
            assert len(await other.answers(1)) == 1
        await until(lambda: len(sent) > before)
    assert counts.grown()["too_many_connections"] == 161  # 200 and the good one, 40 have room


async def test_every_frame_is_on_the_log_or_counted(port: int, listener: Listener) -> None:
    """Random mixtures of good, broken and unwanted frames, randomly chopped: the sums agree."""
    dice, counts, frames = random.Random(212), Counts(), 0
    wanted: list[bytes] = []
    for line in range(12):
        stream = b""
        for number in range(18):
            kind = dice.choice(("good", "good", "corrupt", "split", "noise", "heading", "stranger"))
            raw = frame(40_000 + 100 * line + number)
            if kind == "good":
                wanted.append(raw)
            elif kind == "corrupt":
                raw = raw.replace(b"Rtd=7.2", b"Rtd=%d.2" % dice.choice((1, 8)))
                wanted.append(raw)
            elif kind == "split":
                pieces = split_frames(40_000 + 100 * line + number)
                wanted.append(b"".join(pieces))
                dice.shuffle(pieces)
                raw = b"".join(pieces)
            elif kind == "noise":
                raw = dice.randbytes(dice.randrange(1, 50)).replace(b"#", b"-")
            elif kind == "heading":
                raw = encode(dice.randbytes(dice.randrange(60)))
            elif stream.count(b"NOBODY") < 2:
                raw = frame(1, mn="NOBODY")
            else:
                continue
            frames += raw.count(b"##")
            stream += raw
        async with peer(port) as one:
            while stream:
                cut = dice.randrange(1, 400)
                await one.send(stream[:cut])
                stream = stream[cut:]
            one.writer.write_eof()
            await one.answers(10_000)
    grown = counts.grown()
    refused = ("bad_heading", "unknown_station")
    assert sum(grown[name] for name in refused) + grown["accepted"] + grown["held_packet"] == frames
    assert grown["accepted"] == len(wanted)
    await listener.until(lambda: all(listener.count(raw) == 1 for raw in wanted))
