"""The MQTT gateway on a real Mosquitto and a real log: acknowledged means that the log has it."""

from __future__ import annotations

import asyncio
import gzip
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from prometheus_client import REGISTRY

from infra.mosquitto import GATEWAY_USER, Mosquitto
from infra.stack.broker import EmbeddedBroker
from pipelines.errors import BadMessage, Fatal
from pipelines.gateways.contract import MSGPACK
from pipelines.gateways.intake import MOST_BYTES, Intake
from pipelines.gateways.mqtt import MqttGateway
from pipelines.gateways.mqtt_link import properties_of, target_of
from pipelines.gateways.outcomes import Outcome
from pipelines.gateways.play_mqtt import Mqtt
from pipelines.log import LogWriter
from pipelines.readings.message import parse
from tests.contract.gateways.conftest import mosquitto_in
from tests.contract.gateways.enrolled import CO2, HOTEL, POOL, PROBE, SCALE
from tests.contract.gateways.listener import Listener
from tests.contract.gateways.publisher import FIVE, THREE, Publisher, topic_of
from tests.contract.pipeline.frozen import frozen

TOPIC = topic_of(POOL, PROBE)


def a_message(seq: int, device: str = PROBE) -> bytes:
    return msgspec.json.encode({"device": device, "seq": seq, "series": []})


def counted(outcome: Outcome) -> float:
    labels = {"gateway": "mqtt", "outcome": outcome.value}
    return REGISTRY.get_sample_value("vigil_gateway_messages_total", labels) or 0.0


@asynccontextmanager
async def running(
    broker: Mosquitto,
    writer: LogWriter,
    *,
    query: str = "",
    client_id: str = "",
    most: int = 64,
    simulated: bool = False,
) -> AsyncIterator[MqttGateway]:
    """A gateway with a session of its own, connected."""
    client_id = client_id or f"gateway-{uuid.uuid4().hex[:8]}"
    target = target_of(f"{broker.url(GATEWAY_USER)}?client_id={client_id}{query}")
    gateway = MqttGateway(Intake(writer), target, simulated_clock=simulated, most_unanswered=most)
    task = asyncio.create_task(gateway.run())
    try:
        await until(lambda: gateway.connected)
        yield gateway
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(done: Callable[[], bool], limit_s: float = 20) -> None:
    end = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < end, "it takes too long"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("query", ["", "&version=3.1.1"], ids=["gateway 5", "gateway 3.1.1"])
@pytest.mark.parametrize("version", [FIVE, THREE], ids=["device 5", "device 3.1.1"])
async def test_what_is_published_is_on_the_log_as_it_came(
    mosquitto: Mosquitto,
    writer: LogWriter,
    listener: Listener,
    *,
    version: MQTTProtocolVersion,
    query: str,
) -> None:
    """JSON and MessagePack, gzipped or not, told by their first bytes; noise as it is."""
    packed = msgspec.msgpack.encode(parse(a_message(3)))
    bodies = {
        a_message(1): "json",
        b" " + a_message(2): "json",
        packed: "msgpack",
        gzip.compress(a_message(4)): "json+gzip",
        gzip.compress(packed): "msgpack+gzip",
        bytes(range(200, 256)): "json",
        b"": "json",
    }
    async with (
        running(mosquitto, writer, query=query),
        Publisher(mosquitto.url(POOL), version) as sender,
    ):
        for body in bodies:
            await sender.send(TOPIC, body)
        await listener.until(lambda: all(listener.count(body) for body in bodies))
    mine = [envelope for envelope in listener.found if envelope.raw in bodies]
    assert {envelope.raw: envelope.wire for envelope in mine} == bodies
    assert {envelope.gateway for envelope in mine} == {POOL}
    assert all(abs(envelope.received_ms - time.time() * 1000) < 60_000 for envelope in mine)


async def test_a_content_type_decides_how_a_payload_is_read(
    mosquitto: Mosquitto, writer: LogWriter, listener: Listener
) -> None:
    body = b"\x81\xa6device\xa1x no end"
    properties = properties_of(PacketTypes.PUBLISH)
    properties.ContentType = MSGPACK[1]
    text = properties_of(PacketTypes.PUBLISH)
    text.ContentType = "text/plain"
    async with running(mosquitto, writer), Publisher(mosquitto.url(POOL)) as sender:
        await sender.send(TOPIC, b"{" + body, properties=properties)
        await sender.send(TOPIC, body, properties=text)
        await listener.until(lambda: listener.count(body) + listener.count(b"{" + body) == 2)
    wires = {envelope.raw: envelope.wire for envelope in listener.found}
    assert (wires[b"{" + body], wires[body]) == ("msgpack", "msgpack")


REFUSED = {
    "another device's message": (TOPIC, a_message(1, SCALE), Outcome.FOREIGN_DEVICE),
    "no device in the topic": (f"vigil/v1/{POOL}//readings", a_message(2), Outcome.BAD_TOPIC),
    "too large": (TOPIC, b"L" * (MOST_BYTES + 1), Outcome.TOO_LARGE),
}


@pytest.mark.parametrize(("topic", "body", "outcome"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_refused_is_counted_and_kept_for_the_dead_letters(
    mosquitto: Mosquitto,
    writer: LogWriter,
    listener: Listener,
    *,
    topic: str,
    body: bytes,
    outcome: Outcome,
) -> None:
    before = counted(outcome)
    async with running(mosquitto, writer), Publisher(mosquitto.url(POOL)) as sender:
        await sender.send(topic, body)
        await listener.until(lambda: any(e.wire == f"refused/{outcome}" for e in listener.found))
    (envelope,) = [e for e in listener.found if e.wire == f"refused/{outcome}"]
    assert envelope.raw == body[:MOST_BYTES]
    with pytest.raises(BadMessage) as refused:
        parse(envelope.raw, envelope.wire)
    assert refused.value.reason == outcome.value
    assert counted(outcome) == before + 1


async def test_a_site_cannot_speak_for_another(
    mosquitto: Mosquitto, writer: LogWriter, listener: Listener
) -> None:
    """The broker's access rules: the hotel publishes to the pool's topic, and nothing comes."""
    forged, own = a_message(66), a_message(67, CO2)
    async with running(mosquitto, writer), Publisher(mosquitto.url(HOTEL)) as sender:
        await sender.send(TOPIC, forged)
        await sender.send(topic_of(HOTEL, CO2), own)
        await listener.until(lambda: listener.count(own) == 1)
        await listener.read(500)
    assert listener.count(forged) == 0


async def test_a_publisher_can_be_told_when_the_log_has_it(
    mosquitto: Mosquitto, writer: LogWriter, listener: Listener
) -> None:
    """By MQTT 5's response topic; the simulated time of arrival counts only where it may."""
    for simulated in (True, False):
        body = a_message(80 + simulated)
        async with (
            running(mosquitto, writer, simulated=simulated),
            Mqtt({POOL: mosquitto.url(POOL)}) as road,
        ):
            answer = msgspec.json.decode(await road.ask(POOL, PROBE, body, 1_772_294_400_123))
            wrong = msgspec.json.decode(await road.ask(POOL, SCALE, body, 1_772_294_400_123))
        await listener.read()
        accepted, refused = [e for e in listener.found if e.raw == body]
        assert answer == {"sha256": accepted.sha256}
        assert wrong == {"sha256": accepted.sha256, "refused": "foreign_device"}
        assert (accepted.wire, refused.wire) == ("json", "refused/foreign_device")
        assert (accepted.received_ms == 1_772_294_400_123) == simulated


@pytest.mark.parametrize("query", ["", "&version=3.1.1"], ids=["5", "3.1.1"])
async def test_nothing_is_lost_while_the_gateway_is_away(
    mosquitto: Mosquitto, writer: LogWriter, listener: Listener, query: str
) -> None:
    """The broker keeps the session, and everything comes when the gateway is back."""
    name = f"away{query[-1:]}"
    async with running(mosquitto, writer, client_id=name, query=query):
        pass
    bodies = [a_message(1000 + n) for n in range(300)]
    async with Publisher(mosquitto.url(POOL)) as sender:
        for body in bodies[:-1]:
            sender.start(TOPIC, body)
        await sender.send(TOPIC, bodies[-1])
    assert await listener.read() == []
    async with running(mosquitto, writer, client_id=name, query=query):
        await listener.until(lambda: all(listener.count(body) for body in bodies))


async def test_nothing_is_lost_when_the_mqtt_broker_restarts(
    tmp_path: Path, writer: LogWriter, listener: Listener
) -> None:
    """It restarts while the gateway is away and holds what was sent; the gateway finds it again."""
    broker = mosquitto_in(tmp_path)
    broker.start()
    try:
        bodies = [a_message(2000 + n) for n in range(40)]
        async with running(broker, writer, client_id="r") as gateway:
            async with Publisher(broker.url(POOL)) as sender:
                await sender.send(TOPIC, bodies[0])
            await listener.until(lambda: listener.count(bodies[0]) == 1)
            await asyncio.to_thread(broker.stop)
            await until(lambda: not gateway.connected)
            await asyncio.to_thread(broker.start)
            await until(lambda: gateway.connected)
            async with Publisher(broker.url(POOL)) as sender:
                await sender.send(TOPIC, bodies[1])
            await listener.until(lambda: listener.count(bodies[1]) == 1)
        async with Publisher(broker.url(POOL)) as sender:
            for body in bodies[2:]:
                await sender.send(TOPIC, body)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        async with running(broker, writer, client_id="r"):
            await listener.until(lambda: all(listener.count(body) for body in bodies))
    finally:
        broker.stop()


async def test_while_the_log_is_away_messages_wait_at_the_mqtt_broker(
    mosquitto: Mosquitto, own_broker: EmbeddedBroker, writer: LogWriter, listener: Listener
) -> None:
    """Nothing is acknowledged, so a second gateway of the same session gets it all again."""
    bodies = [a_message(3000 + n) for n in range(50)]
    accepted = counted(Outcome.ACCEPTED)
    with ExitStack() as until_the_end:
        async with (
            # A writer of its own: what it holds ends with it, as with its process.
            LogWriter(own_broker.bootstrap, timeout_s=1) as doomed,
            running(mosquitto, doomed, client_id="wait", most=8) as gateway,
            Publisher(mosquitto.url(POOL)) as sender,
        ):
            until_the_end.enter_context(frozen(own_broker))
            for body in bodies:
                await sender.send(TOPIC, body)
            await asyncio.sleep(2.5)  # its writer gives up after one second, and tries again
            assert counted(Outcome.ACCEPTED) == accepted
            assert gateway._intake._waiting <= 8, "more was taken than may wait"
    async with running(mosquitto, writer, client_id="wait", most=8):
        await listener.until(lambda: all(listener.count(body) for body in bodies))


async def test_a_gateway_waits_out_a_log_that_comes_back(
    mosquitto: Mosquitto, own_broker: EmbeddedBroker, writer: LogWriter, listener: Listener
) -> None:
    bodies = [a_message(4000 + n) for n in range(30)]
    async with running(mosquitto, writer, most=8), Publisher(mosquitto.url(POOL)) as sender:
        with frozen(own_broker):
            for body in bodies:
                await sender.send(TOPIC, body)
            await asyncio.sleep(1.5)
        await listener.until(lambda: all(listener.count(body) for body in bodies))


async def test_a_broker_that_knows_no_bound_is_held_back(
    tmp_path: Path, own_broker: EmbeddedBroker, writer: LogWriter, listener: Listener
) -> None:
    """MQTT 3.1.1 has no receive maximum: the socket is not read on, and everything still comes."""
    bodies = [a_message(5000 + n) for n in range(200)]
    with mosquitto_in(tmp_path, more="max_inflight_messages 0\n") as broker:
        async with (
            running(broker, writer, query="&version=3.1.1", most=10) as gateway,
            Publisher(broker.url(POOL)) as sender,
        ):
            with frozen(own_broker):
                for body in bodies:
                    sender.start(TOPIC, body)
                await until(lambda: gateway._intake._waiting == 10)
                await asyncio.sleep(0.5)
                assert gateway._intake._waiting <= 10, "more was taken than may wait"
            await listener.until(lambda: all(listener.count(body) for body in bodies))


async def test_what_asked_for_no_acknowledgement_is_lost_only_counted(
    mosquitto: Mosquitto, own_broker: EmbeddedBroker, writer: LogWriter, listener: Listener
) -> None:
    """QoS 0 is taken like all else; in hand when the gateway ends, it is lost and counted."""
    bodies, lost = [a_message(6000 + n) for n in range(9)], counted(Outcome.UNACKNOWLEDGED)
    async with Publisher(mosquitto.url(POOL)) as sender:
        with frozen(own_broker):
            async with running(mosquitto, writer) as gateway:
                for body in bodies:
                    sender.start(TOPIC, body, 0)
                await until(lambda: gateway._intake._waiting == len(bodies))
        assert counted(Outcome.UNACKNOWLEDGED) == lost + len(bodies)
        async with running(mosquitto, writer):
            await sender.send(TOPIC, a_message(6100), 0)
            await listener.until(lambda: listener.count(a_message(6100)) == 1)


async def test_a_refused_gateway_tries_again_and_says_why(
    mosquitto: Mosquitto, writer: LogWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    target = target_of(f"mqtt://{GATEWAY_USER}:wrong@127.0.0.1:{mosquitto.port}")
    gateway = MqttGateway(Intake(writer), target, simulated_clock=False)
    task = asyncio.create_task(gateway.run())
    await asyncio.sleep(1.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    said = capsys.readouterr().out
    assert not gateway.connected
    assert said.count("Not authorized") >= 2


@pytest.mark.parametrize(
    "url", ["http://h", "mqtt://", "mqtt://h?version=4", "mqtt://h?topic=x", ""]
)
def test_an_address_that_is_none_is_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(Fatal, match="mqtt://user:password@host:1883"):
        target_of(url)
