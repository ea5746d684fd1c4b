"""`vigil gateway` as a process: killed at work, it loses nothing; a day is played through it."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import msgspec
import psutil

from infra.mosquitto import GATEWAY_USER, Mosquitto
from infra.stack.broker import EmbeddedBroker
from infra.stack.processes import Child, free_port
from pipelines.gateways.outgoing import Outgoing
from pipelines.gateways.play import Packed, play
from pipelines.gateways.play_mqtt import Mqtt
from pipelines.readings.message import parse
from pipelines.settings import Settings
from tests.contract.gateways.enrolled import CO2, HOTEL, POOL, PROBE, device_key, gateway_key
from tests.contract.gateways.listener import Listener
from tests.contract.gateways.publisher import Publisher, topic_of
from tests.contract.pipeline.frozen import frozen

READY_S = 40
MESSAGES = 3000
KILLS = 3
AHEAD = 400
"""So many messages are on their way beyond those that a kill waits for."""
DAY_MS = 1_772_294_400_000
TICK_MS = 300_000


class Gateway:
    """A `vigil gateway` process that can be killed and started again."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{settings.gateway_port}"
        self.port, self.metrics_port = settings.gateway_port, settings.metrics_port
        env = {**os.environ, **settings.as_environment()}
        argv = [sys.executable, "-m", "pipelines.cli", "gateway"]
        self._made = partial(Child, "gateway", argv, log=folder / "gateway.log", env=env)
        self.child = self._made()

    def start(self) -> None:
        self.child = self._made()
        self.child.start()
        self.child.await_ready(self._answers, timeout_s=READY_S)

    def kill(self) -> None:
        """SIGKILL to the process itself."""
        (process,) = psutil.Process(self.child.pid).children()
        os.kill(process.pid, signal.SIGKILL)
        self.child.wait(10)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def process(
    own_broker: EmbeddedBroker, database_url: str, mosquitto: Mosquitto, folder: Path, name: str
) -> Iterator[Gateway]:
    settings = Settings(
        bootstrap=own_broker.bootstrap,
        database_url=database_url,
        gateway_port=free_port(),
        gateway_simulated_clock=True,
        mqtt_url=f"{mosquitto.url(GATEWAY_USER)}?client_id={name}",
        metrics_port=free_port(),
    )
    gateway = Gateway(settings, folder)
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.child.stop()


async def test_killed_while_messages_flow_it_loses_none(
    own_broker: EmbeddedBroker,
    enrolled_url: str,
    mosquitto: Mosquitto,
    listener: Listener,
    tmp_path: Path,
) -> None:
    """SIGKILL three times: every QoS 1 message is on the log at the end, some perhaps twice."""
    bodies = [
        msgspec.json.encode({"device": PROBE, "seq": 70_000 + n, "series": []})
        for n in range(MESSAGES)
    ]
    with process(own_broker, enrolled_url, mosquitto, tmp_path, "killed") as gateway:
        async with Publisher(mosquitto.url(POOL)) as sender:
            await sender.send(topic_of(POOL, PROBE), bodies[0])
            await listener.until(lambda: listener.count(bodies[0]) > 0, READY_S)
            reached, sent = [], 1
            for kill in range(KILLS):
                goal = MESSAGES * (kill + 1) // (KILLS + 2)
                flow = asyncio.create_task(_flow(sender, bodies[sent : goal + AHEAD]))
                sent = goal + AHEAD
                await listener.until(partial(_reached, listener, bodies, goal), 60)
                with frozen(own_broker):  # so that it dies with messages in its hands
                    await asyncio.sleep(0.3)
                    await asyncio.to_thread(gateway.kill)
                await listener.read()
                reached.append(_distinct(listener, bodies))
                await asyncio.to_thread(gateway.start)
                await flow
            await _flow(sender, bodies[sent:])
            await listener.until(lambda: _distinct(listener, bodies) == MESSAGES, 60)
    assert all(count < MESSAGES for count in reached)


def _reached(listener: Listener, bodies: list[bytes], goal: int) -> bool:
    return _distinct(listener, bodies) >= goal


def _distinct(listener: Listener, bodies: list[bytes]) -> int:
    return len(set(bodies) & {envelope.raw for envelope in listener.found})


async def _flow(sender: Publisher, bodies: list[bytes]) -> None:
    for number, body in enumerate(bodies):
        sender.start(topic_of(POOL, PROBE), body)
        if number % 20 == 0:
            await asyncio.sleep(0.05)
    await sender.send(topic_of(POOL, PROBE), bodies[-1])


async def test_a_day_is_played_over_three_roads_and_no_tick_overtakes_a_message(
    own_broker: EmbeddedBroker,
    enrolled_url: str,
    mosquitto: Mosquitto,
    listener: Listener,
    tmp_path: Path,
) -> None:
    """MQTT for the pool, gzipped MessagePack with a device's key for the hotel; noise on both."""
    messages = []
    for n in range(40):
        site_id, device = ((POOL, PROBE), (HOTEL, CO2))[n % 2]
        body = msgspec.json.encode({"device": device, "seq": 80_000 + n, "series": []})
        if n in (20, 21):
            body = f"noise {n}".encode()
        messages.append(Outgoing(at_ms=DAY_MS + n * 47_000, site_id=site_id, body=body))
    before = {id(all_of): len(all_of) for all_of in listener.partitions.values()}
    with process(own_broker, enrolled_url, mosquitto, tmp_path, "played") as gateway:
        async with (
            Mqtt({POOL: mosquitto.url(POOL)}) as mqtt,
            httpx.AsyncClient(base_url=gateway.url) as client,
        ):
            packed = Packed(client, gateway_key, device_key)
            played = await play(
                messages,
                url=gateway.url,
                key_of=gateway_key,
                until_ms=DAY_MS + 40 * 60_000,
                via={POOL: mqtt, HOTEL: packed},
            )
            metrics = await client.get(f"http://127.0.0.1:{gateway.metrics_port}/metrics")
        assert played == len(messages)
    await listener.read()
    found = listener.found[-len(messages) :]
    assert sorted(e.received_ms for e in found) == [m.at_ms for m in messages]
    for message in messages:
        (envelope,) = [e for e in found if e.received_ms == message.at_ms]
        assert envelope.gateway == message.site_id
        if message.site_id == POOL:
            assert (envelope.raw, envelope.wire) == (message.body, "json")
        else:
            assert envelope.wire == "msgpack+gzip"
            plain = gzip.decompress(envelope.raw)
            noise = message.body.startswith(b"noise")
            assert noise or parse(message.body) == parse(envelope.raw, envelope.wire)
            assert not noise or plain == message.body
    for partition in listener.partitions.values():
        clock, ticks = 0, 0
        for envelope in partition[before[id(partition)] :]:
            assert envelope.received_ms >= clock, "a tick came before a message of before it"
            if envelope.kind == "tick":
                clock, ticks = envelope.received_ms, ticks + 1
        assert ticks == 40 // 5
    assert 'gateway="mqtt",outcome="accepted"} 20.0' in metrics.text
    assert 'gateway="http",outcome="accepted"} 20.0' in metrics.text


async def test_a_sender_that_goes_away_midway_is_counted(
    own_broker: EmbeddedBroker,
    enrolled_url: str,
    mosquitto: Mosquitto,
    listener: Listener,
    tmp_path: Path,
) -> None:
    """Half a body, a broken request and noise over real sockets: the process serves on."""
    head = f"POST /v1/readings HTTP/1.1\r\nHost: x\r\nX-Gateway-Key: {gateway_key(POOL)}\r\n"
    half = head.encode() + b"Content-Length: 1000\r\n\r\nonly this"
    chunks = head.encode() + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nwhat\r\n"
    with process(own_broker, enrolled_url, mosquitto, tmp_path, "midway") as gateway:
        for request in (half, chunks, bytes(range(256)) * 50, b"\x16\x03\x01", b""):
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(0.2)
            writer.close()
            del reader
        async with httpx.AsyncClient() as client:
            metrics = await client.get(f"http://127.0.0.1:{gateway.metrics_port}/metrics")
            answer = await client.post(
                f"{gateway.url}/v1/readings",
                content=b"{}",
                headers={"X-Gateway-Key": gateway_key(POOL)},
            )
        assert answer.status_code == 202
    counted = [line for line in metrics.text.splitlines() if 'outcome="cut_off"' in line]
    # The broken chunk may be told by the HTTP server itself, which the gateway then never sees.
    assert counted[0].rpartition(" ")[2] in ("1.0", "2.0"), counted
    assert [envelope.raw for envelope in await listener.read()] == [b"{}"]
