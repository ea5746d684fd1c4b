"""HJ 212 stations on a real broker and register: 9014 means that the log has it, byte for byte."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator

import pytest

from infra.stack.broker import EmbeddedBroker
from infra.stack.processes import free_port
from pipelines.errors import BadMessage, Transient
from pipelines.gateways.hj212 import Limits, by_station_clock, stations
from pipelines.gateways.intake import Intake
from pipelines.hj212 import read
from pipelines.hj212.frame import encode
from pipelines.hj212.heading import parse_heading
from pipelines.hj212.station import Sent, Station, send
from pipelines.log import LogWriter
from pipelines.store import Database
from tests.contract.gateways.enrolled import HOTEL, POOL
from tests.contract.gateways.hj212_bed import (
    AT_MS,
    BRISK,
    EXPIRED_MN,
    HOST,
    HOTEL_MN,
    POOL_MN,
    PW,
    Counts,
    enrol_stations,
    frame,
    gateway,
    peer,
    qn_of,
    split_frames,
    until,
)
from tests.contract.gateways.listener import Listener
from tests.contract.pipeline.frozen import frozen


@pytest.fixture
async def port(enrolled: Database, enrolled_url: str, writer: LogWriter) -> AsyncIterator[int]:
    enrol_stations(enrolled_url)
    async with gateway(Intake(writer), enrolled) as opened:
        yield opened


async def test_what_is_acknowledged_is_on_the_log(port: int, listener: Listener) -> None:
    """OFF-13: the station's bytes as they came, under its site, hashed, stamped on arrival."""
    raw, before_ms = frame(1), int(time.time() * 1000)
    async with peer(port) as station:
        await station.send(raw)
        assert await station.answers(1) == [(qn_of(raw), "9014")]
    (envelope,) = await listener.read()
    assert (envelope.raw, envelope.gateway, envelope.wire) == (raw, POOL, "hj212")
    assert before_ms <= envelope.received_ms <= time.time() * 1000
    assert [block.quantity for block in read(envelope.raw).blocks] == ["ph"]


@pytest.mark.parametrize("cn", ["2011", "2051", "2061", "2031"])
async def test_each_kind_of_data_is_taken(port: int, listener: Listener, cn: str) -> None:
    """Real time, minute, hour and day."""
    raw = frame(int(cn), mn=HOTEL_MN, cn=cn)
    assert await send(HOST, port, [raw]) == Sent(acknowledged=1, unanswered=())
    (envelope,) = await listener.read()
    assert (envelope.raw, envelope.gateway) == (raw, HOTEL)


async def test_frames_however_they_are_chopped(port: int, listener: Listener) -> None:
    """Seven bytes at a time, all answered in order."""
    frames = [frame(seq) for seq in range(100, 105)]
    stream = b"".join(frames)
    async with peer(port) as station:
        for start in range(0, len(stream), 7):
            await station.send(stream[start : start + 7])
        assert await station.answers(5) == [(qn_of(raw), "9014") for raw in frames]
    assert [envelope.raw for envelope in await listener.read()] == frames


async def test_who_asks_for_no_answer_gets_none(port: int, listener: Listener) -> None:
    """Flag without A: kept all the same."""
    quiet, loud = frame(110, asks=False), frame(111)
    async with peer(port) as station:
        await station.send(quiet + loud)
        assert await station.answers(1) == [(qn_of(loud), "9014")]
        assert await station.answers(1, limit_s=0.2) == []
    assert [envelope.raw for envelope in await listener.read()] == [quiet, loud]


async def test_packets_are_put_together(port: int, listener: Listener) -> None:
    """One message on the log, an answer a packet once it is there, and again for repetitions."""
    first, second, third = split_frames(120)
    async with peer(port) as station:
        await station.send(second + first)
        assert await station.answers(1, limit_s=0.3) == []
        assert await listener.read() == []
        await station.send(third)
        assert await station.answers(3) == [(qn_of(first), "9014")] * 3
        await station.send(second)
        assert await station.answers(1) == [(qn_of(first), "9014")]
    (envelope,) = await listener.read()
    assert envelope.raw == first + second + third
    assert len(read(envelope.raw).blocks) == 80


async def test_packets_over_two_connections(port: int, listener: Listener) -> None:
    """A line that breaks in the middle."""
    first, second, third = split_frames(130)
    async with peer(port) as station:
        await station.send(first)
    async with peer(port) as station:
        await station.send(second + third)
        assert len(await station.answers(3)) == 3
    assert [envelope.raw for envelope in await listener.read()] == [first + second + third]


async def test_a_station_that_waits_for_each_packets_answer(port: int, listener: Listener) -> None:
    """It gets them, packets alone on the log; the whole follows and is what can be read."""
    frames = split_frames(140, mn=HOTEL_MN)
    async with Station(HOST, port, overtime_s=0.5, one_by_one=True) as station:
        assert await station.send(frames)
    kept = [(envelope.raw, envelope.wire) for envelope in await listener.read()]
    whole = b"".join(frames)
    assert kept == [(frames[0], "hj212"), (frames[1], "hj212"), (whole, "hj212")]
    with pytest.raises(BadMessage, match="incomplete_packets"):
        read(frames[0])
    assert len(read(whole).blocks) == 80


async def test_packets_that_never_come(
    enrolled: Database, enrolled_url: str, writer: LogWriter, listener: Listener
) -> None:
    """What came is on the log and refused by the reader, unacknowledged."""
    enrol_stations(enrolled_url)
    counts, (first, _, third) = Counts(), split_frames(150)
    async with (
        gateway(Intake(writer), enrolled, Limits(packets_s=0.3)) as port,
        peer(port) as station,
    ):
        await station.send(first + third)
        await until(lambda: "incomplete_packets" in counts.grown())
        assert await station.answers(1, limit_s=0.2) == []
    (envelope,) = await listener.read()
    assert (envelope.raw, envelope.wire) == (first + third, "hj212")
    assert counts.grown() == {"held_packet": 2, "incomplete_packets": 1, "accepted": 1}
    with pytest.raises(BadMessage, match="incomplete_packets"):
        read(first + third)


async def test_a_corrupt_frame_is_kept_and_not_acknowledged(port: int, listener: Listener) -> None:
    """It becomes a dead letter with its bytes; the station sends it again, and that one counts."""
    good, counts = frame(160), Counts()
    corrupt = good.replace(b"w01001-Rtd=7.2", b"w01001-Rtd=7.3")
    async with peer(port) as station:
        await station.send(corrupt)
        await until(lambda: "wrong_crc" in counts.grown())
        await station.send(good)
        assert await station.answers(2, limit_s=0.5) == [(qn_of(good), "9014")]
    kept = [(envelope.raw, envelope.wire) for envelope in await listener.read()]
    assert kept == [(corrupt, "hj212"), (good, "hj212")]
    with pytest.raises(BadMessage, match="wrong_crc"):
        read(corrupt)


REFUSALS = {
    "unknown station": ({"mn": "NOBODY"}, "unknown_station"),
    "wrong password": ({"pw": "654321"}, "wrong_password"),
    "a digest is no password": (
        {"pw": hashlib.sha256(PW.encode()).hexdigest()}, "wrong_password",
    ),
    "a station of the past": ({"mn": EXPIRED_MN}, "unknown_station"),
}  # fmt: skip


@pytest.mark.parametrize(("who", "outcome"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_who_is_not_admitted_is_not_answered(
    port: int, listener: Listener, who: dict[str, str], outcome: str
) -> None:
    """Counted, nothing on the log, and after three of them the line is cut."""
    counts = Counts()
    async with peer(port) as stranger:
        for seq in range(3):
            await stranger.send(frame(170 + seq, **who))
        assert await stranger.closed()
    assert counts.grown() == {outcome: 3, "closed_hostile": 1}
    assert await listener.read() == []


async def test_notices_are_answered_and_counted(port: int, listener: Listener) -> None:
    """A heartbeat and a request for the time get 9013; nothing goes onto the log."""
    counts = Counts()
    head = f"ST=32;PW={PW};MN={POOL_MN}"
    asks = [
        encode(f"QN=2026030108050000{number};CN={cn};{head};Flag={flag};CP=&&&&".encode())
        for number, cn, flag in ((1, 9015, 5), (2, 1013, 5), (3, 9015, 4))
    ]
    async with peer(port) as station:
        await station.send(b"".join(asks))
        assert await station.answers(3, limit_s=0.5) == [(qn_of(ask), "9013") for ask in asks[:2]]
    assert counts.grown() == {"unsupported_command": 3}
    assert await listener.read() == []


async def test_uploads_without_readings_are_kept(port: int, listener: Listener) -> None:
    """CN 2021 (state of devices): on the log and answered; the reader refuses it visibly."""
    raw = encode(
        f"QN=20260301080500009;ST=32;CN=2021;PW={PW};MN={POOL_MN};Flag=5;"
        "CP=&&DataTime=20260301080500;SB1-RS=1&&".encode()
    )
    assert (await send(HOST, port, [raw])).acknowledged == 1
    assert [envelope.raw for envelope in await listener.read()] == [raw]
    with pytest.raises(BadMessage, match="unsupported_command"):
        read(raw)


async def test_while_the_broker_is_away_nothing_is_acknowledged(
    port: int, own_broker: EmbeddedBroker, listener: Listener
) -> None:
    """The station keeps it and sends it again; then it is there."""
    raw, counts = frame(180), Counts()
    with frozen(own_broker):
        assert (await send(HOST, port, [raw], overtime_s=0.7)).unanswered == (qn_of(raw),)
        await until(lambda: "broker_unavailable" in counts.grown())
    assert (await send(HOST, port, [raw], overtime_s=10)).acknowledged == 1
    await listener.until(lambda: listener.count(raw) > 0)


async def test_too_much_waiting_is_not_acknowledged(
    enrolled: Database, enrolled_url: str, writer: LogWriter, listener: Listener
) -> None:
    """The intake pushes back: no answer, counted, nothing kept, also of packets."""
    enrol_stations(enrolled_url)
    counts = Counts()
    async with gateway(Intake(writer, most_waiting=0), enrolled) as port, peer(port) as station:
        await station.send(b"".join([frame(190), *split_frames(191)]))
        assert await station.answers(1, limit_s=0.5) == []
        assert counts.grown() == {"busy": 2, "held_packet": 2}
    assert await listener.read() == []


async def test_without_the_register_nobody_is_admitted(writer: LogWriter) -> None:
    """The database is away: no answer, counted, the line stays."""
    counts = Counts()
    database = Database(f"postgresql://nobody@{HOST}:{free_port()}/nothing", max_size=1)
    try:
        async with gateway(Intake(writer), database) as port, peer(port) as station:
            await station.send(frame(200))
            await until(lambda: "registry_unavailable" in counts.grown(), limit_s=20)
            assert not await station.closed(limit_s=0.2)
    finally:
        await database.__aexit__()
    assert counts.grown() == {"registry_unavailable": 1}


async def test_a_known_station_stays_known_while_the_register_is_away(
    enrolled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was known goes on; who was not known has to wait."""
    enrol_stations(enrolled_url)
    monkeypatch.setattr(stations, "KEPT_S", 0.0)
    known, unknown = (parse_heading(frame(205, mn=mn)[6:-6]) for mn in (POOL_MN, HOTEL_MN))
    async with Database(enrolled_url, max_size=1) as database:
        register = stations.Stations(database)
        assert (await register.admit(known, AT_MS)).site_id == POOL
    assert (await register.admit(known, AT_MS)).site_id == POOL
    with pytest.raises(Transient):
        await register.admit(unknown, AT_MS)


async def test_simulated_time(
    enrolled: Database, enrolled_url: str, writer: LogWriter, listener: Listener
) -> None:
    """A demo's messages arrive two seconds after the station made them."""
    enrol_stations(enrolled_url)
    async with gateway(Intake(writer), enrolled, BRISK, by_station_clock) as port:
        assert (await send(HOST, port, [frame(210)])).acknowledged == 1
    (envelope,) = await listener.read()
    assert envelope.received_ms == AT_MS + 210 + 2000
