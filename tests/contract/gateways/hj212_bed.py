"""A real HJ 212 gateway on a port of its own, its stations, and a peer that does as it likes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
from prometheus_client import REGISTRY

from infra.stack.processes import free_port
from pipelines.gateways.hj212 import Limits, serve
from pipelines.gateways.hj212.desk import Arrival
from pipelines.gateways.hj212.limits import Outcome
from pipelines.gateways.hj212.listen import by_wall_clock
from pipelines.gateways.intake import Intake
from pipelines.hj212.frame import Frame, Framer
from pipelines.hj212.heading import parse_heading
from pipelines.hj212.station import upload
from pipelines.store import Database
from tests.contract.gateways.enrolled import CO2, PROBE

HOST = "127.0.0.1"
POOL_MN, HOTEL_MN, EXPIRED_MN = "VIGIL0001", "VIGIL0002", "VIGIL0003"
PW = "123456"
AT_MS = 1_772_294_400_000
BRISK = Limits(
    first_frame_s=20, idle_s=20, frame_s=5, answer_s=2, hold_s=0.05, penalty_s=0.01, packets_s=20
)


def enrol_stations(url: str) -> None:
    """Registers three stations, one of which is no longer valid; again is harmless."""
    digest = hashlib.sha256(PW.encode()).hexdigest()
    with psycopg.connect(url) as connection:
        for mn, device, to_ms in (
            (POOL_MN, PROBE, None), (HOTEL_MN, CO2, None), (EXPIRED_MN, PROBE, AT_MS - 1),
        ):  # fmt: skip
            connection.execute(
                "INSERT INTO hj212_stations (mn, password_sha256, device_id, valid_from_ms,"
                " valid_to_ms) VALUES (%s, %s, %s, 0, %s) ON CONFLICT DO NOTHING",
                (mn, digest, device, to_ms),
            )


@asynccontextmanager
async def gateway(
    intake: Intake,
    database: Database,
    limits: Limits = BRISK,
    arrival: Arrival = by_wall_clock,
) -> AsyncIterator[int]:
    """The port on which the gateway serves inside."""
    port = free_port()
    serving = asyncio.create_task(
        serve(intake, database, HOST, port, limits=limits, arrival=arrival)
    )
    try:
        while True:
            assert not serving.done(), serving.exception()
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.transport.abort()
                break
            await asyncio.sleep(0.01)
        yield port
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class Peer:
    """A connection that sends any bytes and keeps the answers apart."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._framer = Framer()
        self._answers: list[tuple[str, str]] = []

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answers(self, count: int, limit_s: float = 10.0) -> list[tuple[str, str]]:
        """The next answers, as (QN, CN); fewer when the gateway hangs up or nothing comes."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(limit_s):
                while len(self._answers) < count and (chunk := await self._reader.read(4096)):
                    for thing in self._framer.feed(chunk):
                        assert isinstance(thing, Frame), "the gateway's own frames are well-formed"
                        said = parse_heading(thing.data)
                        self._answers.append((said.qn, said.cn))
        found, self._answers = self._answers[:count], self._answers[count:]
        return found

    async def closed(self, limit_s: float = 10.0) -> bool:
        """Whether the gateway hangs up, having said nothing."""
        try:
            async with asyncio.timeout(limit_s):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


@asynccontextmanager
async def peer(port: int, source: str = HOST) -> AsyncIterator[Peer]:
    """Connects, from another loopback address if told so."""
    reader, writer = await asyncio.open_connection(HOST, port, local_addr=(source, 0))
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


class Counts:
    """How much each outcome grew since this was made."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> dict[str, float]:
        names = [outcome.value for outcome in Outcome]
        names += ["accepted", "busy", "broker_unavailable"]
        return {
            name: REGISTRY.get_sample_value(
                "vigil_gateway_messages_total", {"gateway": "hj212", "outcome": name}
            )
            or 0.0
            for name in names
        }

    def grown(self) -> dict[str, int]:
        """The outcomes that grew, and by how much."""
        now = self._now()
        return {
            name: int(now[name] - before)
            for name, before in self._before.items()
            if now[name] > before
        }


async def until(done: Callable[[], bool], limit_s: float = 10.0) -> None:
    """Waits until ``done()``; fails when that takes too long."""
    async with asyncio.timeout(limit_s):
        while not done():  # noqa: ASYNC110 - a metric tells nobody when it grows
            await asyncio.sleep(0.02)


def frame(seq: int, mn: str = POOL_MN, pw: str = PW, **more: object) -> bytes:
    """One message of one frame; ``seq`` makes its QN."""
    (made,) = upload(
        mn=mn, pw=pw, at_ms=AT_MS, qn_ms=AT_MS + seq, values={"w01001": 7.2}, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return made


def split_frames(seq: int, mn: str = POOL_MN) -> list[bytes]:
    """A message of three frames."""
    values = {f"x{number:05d}": 1.0 for number in range(80)}
    frames = upload(mn=mn, pw=PW, at_ms=AT_MS, qn_ms=AT_MS + seq, values=values)
    assert len(frames) == 3
    return frames


def qn_of(raw: bytes) -> str:
    """The request number of a frame."""
    return parse_heading(raw[6:-6]).qn
