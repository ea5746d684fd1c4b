"""Whatever is sent, no gateway falls over and nothing is lost silently (issue's property).

Each example sends a handful of payloads and then reads the real log: what was answered with 202,
or acknowledged over MQTT, must lie there byte for byte, exactly so often; everything else must
have been refused with a reason, and counted under it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from prometheus_client import REGISTRY

from infra.mosquitto import GATEWAY_USER, Mosquitto
from infra.stack.broker import EmbeddedBroker
from pipelines import codec
from pipelines.errors import BadMessage
from pipelines.gateways.contract import JSON, MSGPACK
from pipelines.gateways.door import Door
from pipelines.gateways.http import create_gateway
from pipelines.gateways.intake import Intake
from pipelines.gateways.keys import KeyRing
from pipelines.gateways.mqtt import MqttGateway
from pipelines.gateways.mqtt_link import properties_of, target_of
from pipelines.gateways.outcomes import Outcome
from pipelines.log import LogWriter
from pipelines.readings.message import parse
from pipelines.store import Database
from tests.contract.gateways.enrolled import CO2, POOL, PROBE, device_key, gateway_key
from tests.contract.gateways.hostile import payloads
from tests.contract.gateways.listener import Listener
from tests.contract.gateways.publisher import Publisher, topic_of

REASONS = {
    "not_json", "not_msgpack", "not_gzip", "too_large_unpacked", "wrong_shape",
    *(outcome.value for outcome in Outcome),
}  # fmt: skip
HARD = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from([JSON, *MSGPACK, "text/html", "application/json; x"]),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br", "GZIP"]),
        "X-Vigil-Clock": st.sampled_from(["1772294400000", "-5", "1e9", "٣", ""]),
        "X-Gateway-Key": st.sampled_from([gateway_key(POOL), gateway_key(POOL), "guess", ""]),
    },
)


def outcomes(gateway: str) -> Counter[str]:
    """The metric's counts of a gateway by outcome."""
    name = "vigil_gateway_messages_total"
    counts: Counter[str] = Counter()
    for outcome in Outcome:
        labels = {"gateway": gateway, "outcome": outcome.value}
        counts[outcome.value] = int(REGISTRY.get_sample_value(name, labels) or 0)
    return counts


@pytest.fixture(scope="module")
async def log(own_broker: EmbeddedBroker) -> AsyncIterator[Listener]:
    async with Listener(own_broker.bootstrap) as opened:
        await opened.catch_up()
        yield opened


@pytest.fixture(scope="module")
async def intake(own_broker: EmbeddedBroker) -> AsyncIterator[Intake]:
    async with LogWriter(own_broker.bootstrap) as writer:
        yield Intake(writer)


@pytest.fixture(scope="module")
async def client(enrolled: Database, intake: Intake) -> AsyncIterator[httpx.AsyncClient]:
    app = create_gateway(Door(KeyRing(enrolled), intake, simulated_clock=True))
    transport = httpx.ASGITransport(app=app)  # raises what the gateway raises
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as opened:
        yield opened


def readable_or_known(raw: bytes, wire: str) -> None:
    """The stage can read it, or gets a reason of the closed set: nothing else comes out."""
    try:
        parse(raw, wire)
    except BadMessage as error:
        if error.reason not in REASONS:
            raise


async def landed(log: Listener, expected: Counter[bytes]) -> None:
    """Exactly the expected bytes came onto the log, and each can be judged."""
    found: list[codec.Envelope] = []
    until = time.monotonic() + 20
    while len(found) < expected.total():
        assert time.monotonic() < until, f"{len(found)} of {expected.total()} on the log"
        found += await log.read(20)
    found += await log.read(20)
    assert Counter(envelope.raw for envelope in found) == expected
    for envelope in found:
        assert len(envelope.sha256) == 64
        readable_or_known(envelope.raw, envelope.wire)


@HARD
@given(sent=st.lists(st.tuples(payloads(), HEADERS), min_size=1, max_size=6))
async def test_http_loses_nothing_silently(
    client: httpx.AsyncClient, log: Listener, sent: list[tuple[bytes, dict[str, str]]]
) -> None:
    before, told, accepted = outcomes("http"), Counter[str](), Counter[bytes]()
    for body, headers in sent:
        keys = {} if "X-Gateway-Key" in headers else {"X-Device-Key": device_key(PROBE)}
        encoded = [(k.encode(), v.encode()) for k, v in {**keys, **headers}.items()]
        answer = await client.post("/v1/readings", content=body, headers=encoded)
        if answer.status_code == 202:
            accepted[body] += 1
            told["accepted"] += 1
        else:
            problem = answer.json()
            assert 400 <= answer.status_code < 500, problem
            assert problem["reason"] in REASONS
            told[problem["reason"]] += 1
    assert outcomes("http") - before == told
    await landed(log, accepted)


@contextmanager
def _mqtt(intake: Intake, mosquitto: Mosquitto, name: str) -> Iterator[MqttGateway]:
    target = target_of(f"{mosquitto.url(GATEWAY_USER)}?client_id={name}")
    gateway = MqttGateway(intake, target, simulated_clock=True)
    task = asyncio.ensure_future(gateway.run())
    try:
        yield gateway
        assert not task.done(), task.exception()
    finally:
        task.cancel()


@pytest.fixture(scope="module")
async def publisher(intake: Intake, mosquitto: Mosquitto) -> AsyncIterator[Publisher]:
    """A device's connection, while one gateway serves all examples: it must outlive them."""
    with _mqtt(intake, mosquitto, "hostile") as gateway:
        while not gateway.connected:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        async with Publisher(mosquitto.url(POOL)) as opened:
            yield opened


LEVELS = st.sampled_from([PROBE, PROBE, CO2, "设备", "a b", ""])
MEDIA = st.sampled_from(["", JSON, MSGPACK[0], "text/html", "application/json; charset=x"])
CLOCKS = st.sampled_from(["", "1772294400000", "noon", "-1", "9" * 30])


@HARD
@given(sent=st.lists(st.tuples(payloads(), LEVELS, MEDIA, CLOCKS), min_size=1, max_size=6))
async def test_mqtt_loses_nothing_silently(
    publisher: Publisher, log: Listener, sent: list[tuple[bytes, str, str, str]]
) -> None:
    """Everything that the MQTT broker took is on the log, the refused marked with its reason."""
    before = outcomes("mqtt")
    for body, level, media, clock in sent:
        properties = properties_of(PacketTypes.PUBLISH)
        if media:
            properties.ContentType = media
        if clock:
            properties.UserProperty = ("vigil-clock", clock)
        await publisher.send(topic_of(POOL, level), body, properties=properties)
    seen = len(log.found)
    await landed(log, Counter(body for body, *_ in sent))
    refused = Counter(
        envelope.wire.removeprefix("refused/")
        for envelope in log.found[seen:]
        if envelope.wire.startswith("refused/")
    )
    until = time.monotonic() + 10
    expected = refused + Counter(accepted=len(sent) - refused.total())
    while outcomes("mqtt") - before != expected:
        assert time.monotonic() < until, (outcomes("mqtt") - before, expected)
        await asyncio.sleep(0.01)


@settings(HARD, max_examples=1000)
@given(raw=payloads(), wire=st.sampled_from(["json", "msgpack", "json+gzip", "msgpack+gzip"]))
def test_parse_reads_it_or_says_why(raw: bytes, wire: str) -> None:
    """Under every wire, also the wrong one: a message or a reason of the closed set."""
    readable_or_known(raw, wire)


@given(wire=st.text(max_size=12))
def test_an_unknown_wire_is_a_reason_too(wire: str) -> None:
    try:
        parse(b"{}", wire)
    except BadMessage as error:
        known = {"unknown_wire", "wrong_shape", "not_msgpack", "not_gzip"}
        if error.reason not in known and not wire.startswith("refused/"):
            raise


def test_what_parse_reads_it_reads_the_same_in_both_forms() -> None:
    """JSON and MessagePack of one message are one message."""
    message = {"device": "d", "seq": 3, "series": [
        {"quantity": "ph", "unit": "pH", "t": [1, 2], "v": [7.5, None], "flag": "D"}]}  # fmt: skip
    json_read = parse(msgspec.json.encode(message), "json")
    assert parse(msgspec.msgpack.encode(message), "msgpack") == json_read
