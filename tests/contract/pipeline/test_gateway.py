"""The readings gateway over HTTP, on a real broker and database: 202 means that the log has it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from infra.stack.broker import EmbeddedBroker
from infra.stack.processes import free_port
from pipelines import codec, topics
from pipelines.demo.authority import gateway_key, register
from pipelines.errors import Transient
from pipelines.gateways.http import MOST_BYTES, Door, create_gateway
from pipelines.log import LogWriter
from pipelines.registry.write import write_register
from pipelines.stage import Message
from pipelines.store import Database
from tests.contract.pipeline.frozen import frozen
from tests.contract.runtime.read_back import read_back

DAY_MS = 1_772_294_400_000
KEY = {"X-Gateway-Key": gateway_key("pool-hall")}


@pytest.fixture(scope="module")
async def registered(database: Database) -> Database:
    await write_register(database, register(DAY_MS))
    return database


def client_of(database: Database, writer: LogWriter, *, simulated: bool) -> httpx.AsyncClient:
    app = create_gateway(Door(database, writer, simulated_clock=simulated))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")


@pytest.fixture
async def gateway(registered: Database, writer: LogWriter) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(registered, writer, simulated=True) as client:
        yield client


async def on_log(broker: EmbeddedBroker) -> list[Message]:
    found = await read_back(broker.bootstrap, topics.READINGS)
    return [message for messages in found.values() for message in messages]


BODIES = {
    "a device's message": b'{"device":"pool-probe","seq":1,"series":[]}',
    "noise": bytes(range(256)),
    "nothing": b"",
    "spaces and a NUL": b' {"device": "a\\u0000b"} \n',
    "endless nesting": b'{"x":' + b"[" * 100_000,
    "as large as may be": b"x" * MOST_BYTES,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_accepted_bytes_are_on_the_log_as_they_came(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker, body: bytes
) -> None:
    before = len(await on_log(own_broker))
    headers = {**KEY, "X-Vigil-Clock": str(DAY_MS + 5)}
    answer = await gateway.post("/v1/readings", content=body, headers=headers)
    digest = hashlib.sha256(body).hexdigest()
    assert (answer.status_code, answer.json()) == (202, {"sha256": digest})
    found = [
        envelope
        for message in await on_log(own_broker)
        if (envelope := codec.decode(message.value, codec.Envelope)).sha256 == digest
    ]
    assert len(await on_log(own_broker)) == before + 1
    (envelope,) = found
    assert (envelope.raw, envelope.gateway, envelope.kind) == (body, "pool-hall", "batch")
    assert envelope.received_ms == DAY_MS + 5


async def test_one_device_stays_in_one_partition(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker
) -> None:
    marks = []
    for seq in range(100, 106):
        body = f'{{"device":"pool-probe","seq":{seq},"series":[]}}'.encode()
        marks.append(body)
        assert (await gateway.post("/v1/readings", content=body, headers=KEY)).status_code == 202
    found = [
        (message.partition, envelope.raw)
        for message in await on_log(own_broker)
        if (envelope := codec.decode(message.value, codec.Envelope)).raw in marks
    ]
    assert len({partition for partition, _ in found}) == 1
    assert [raw for _, raw in found] == marks


REFUSALS = {
    "no key": ({}, b"{}", 422),
    "unknown key": ({"X-Gateway-Key": "guessed"}, b"{}", 401),
    "a key's digest is no key": (
        {"X-Gateway-Key": hashlib.sha256(KEY["X-Gateway-Key"].encode()).hexdigest()}, b"{}", 401,
    ),
    "too large": (KEY, b"x" * (MOST_BYTES + 1), 413),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "status"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_is_refused_is_not_on_the_log(
    gateway: httpx.AsyncClient,
    own_broker: EmbeddedBroker,
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    before = len(await on_log(own_broker))
    answer = await gateway.post("/v1/readings", content=body, headers=headers)
    assert answer.status_code == status
    assert len(await on_log(own_broker)) == before


async def test_ticks_reach_every_partition(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker
) -> None:
    headers = {**KEY, "X-Vigil-Clock": str(DAY_MS + 77)}
    assert (await gateway.post("/v1/ticks", headers=headers)).status_code == 202
    ticked = [
        message.partition
        for message in await on_log(own_broker)
        if (envelope := codec.decode(message.value, codec.Envelope)).received_ms == DAY_MS + 77
        and envelope.kind == "tick"
    ]
    assert sorted(ticked) == list(range(topics.PARTITIONS[topics.READINGS]))


async def test_a_live_gateway_keeps_its_own_clock(
    registered: Database, writer: LogWriter, own_broker: EmbeddedBroker
) -> None:
    body, sent_ms = b"live", time.time() * 1000
    async with client_of(registered, writer, simulated=False) as live:
        headers = {**KEY, "X-Vigil-Clock": "5"}
        assert (await live.post("/v1/readings", content=body, headers=headers)).status_code == 202
        assert (await live.post("/v1/ticks", headers=headers)).status_code == 403
    envelopes = [codec.decode(m.value, codec.Envelope) for m in await on_log(own_broker)]
    (envelope,) = [envelope for envelope in envelopes if envelope.raw == body]
    assert abs(envelope.received_ms - sent_ms) < 60_000


async def test_while_the_broker_is_away_nothing_is_accepted(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker
) -> None:
    assert (await gateway.post("/v1/readings", content=b"1", headers=KEY)).status_code == 202
    with frozen(own_broker):
        for path in ("/v1/readings", "/v1/ticks"):
            answer = await gateway.post(path, content=b"2", headers=KEY)
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
    assert (await gateway.post("/v1/readings", content=b"3", headers=KEY)).status_code == 202


async def test_a_gateway_does_not_start_without_a_broker() -> None:
    with pytest.raises(Transient, match="broker cannot be reached"):
        async with LogWriter(f"127.0.0.1:{free_port()}"):
            pass


async def test_health_says_that_keys_can_be_looked_up(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get("/healthz")).json() == {"ok": True, "why": ""}
