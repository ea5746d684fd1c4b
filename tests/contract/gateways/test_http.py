"""The HTTP gateway on a real broker and register: 202 means that the log has it, byte for byte."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import msgspec
import psutil
import pytest
from prometheus_client import REGISTRY

from infra.stack.broker import EmbeddedBroker
from infra.stack.processes import free_port
from pipelines import topics
from pipelines.errors import Transient
from pipelines.gateways.contract import EXAMPLE, JSON, MSGPACK
from pipelines.gateways.door import Door
from pipelines.gateways.http import create_gateway
from pipelines.gateways.intake import MOST_BYTES, Intake
from pipelines.gateways.keys import KeyRing
from pipelines.gateways.outcomes import Outcome
from pipelines.log import LogWriter
from pipelines.readings.message import parse
from pipelines.store import Database
from tests.contract.gateways.enrolled import (
    CO2,
    EXPIRED_KEY,
    EXPIRED_MS,
    POOL,
    PROBE,
    SCALE,
    device_key,
    gateway_key,
)
from tests.contract.gateways.listener import Listener
from tests.contract.pipeline.frozen import frozen
from tests.contract.runtime.read_back import read_back

AT_MS = 1_772_294_400_000
KEY = {"X-Gateway-Key": gateway_key(POOL)}
OWN = {"X-Device-Key": device_key(PROBE)}


def message(seq: int = 1, device: str = PROBE, **more: Any) -> dict[str, Any]:
    return {"device": device, "seq": seq, "series": [], **more}


def client_of(
    database: Database, writer: LogWriter, *, simulated: bool = True, most: int = 256, **more: Any
) -> httpx.AsyncClient:
    intake = Intake(writer, most_waiting=most)
    door = Door(KeyRing(database), intake, simulated_clock=simulated, most_inside=most, **more)
    transport = httpx.ASGITransport(app=create_gateway(door))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=30)


@pytest.fixture
async def gateway(enrolled: Database, writer: LogWriter) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(enrolled, writer) as client:
        yield client


def counted(outcome: Outcome) -> float:
    labels = {"gateway": "http", "outcome": outcome.value}
    return REGISTRY.get_sample_value("vigil_gateway_messages_total", labels) or 0.0


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
    gateway: httpx.AsyncClient, listener: Listener, body: bytes
) -> None:
    """Also what cannot be read: the stage makes a dead letter with the original bytes of it."""
    headers = {**KEY, "X-Vigil-Clock": str(AT_MS + 5)}
    answer = await gateway.post("/v1/readings", content=body, headers=headers)
    digest = hashlib.sha256(body).hexdigest()
    assert (answer.status_code, answer.json()) == (202, {"sha256": digest})
    (envelope,) = await listener.read()
    assert (envelope.raw, envelope.gateway, envelope.sha256) == (body, POOL, digest)
    assert envelope.received_ms == AT_MS + 5


def _json(number: int) -> bytes:
    return msgspec.json.encode(message(number))


def _pack(number: int) -> bytes:
    return msgspec.msgpack.encode(message(number))


FORMS: dict[str, tuple[Callable[[int], bytes], dict[str, str], str]] = {
    "json": (_json, {"Content-Type": JSON}, "json"),
    "json, charset": (_json, {"Content-Type": f"{JSON}; charset=utf-8"}, "json"),
    "msgpack": (_pack, {"Content-Type": MSGPACK[0]}, "msgpack"),
    "the older name": (_pack, {"Content-Type": MSGPACK[1]}, "msgpack"),
    "json, gzip": (
        lambda n: gzip.compress(_json(n)),
        {"Content-Type": JSON, "Content-Encoding": "gzip"}, "json+gzip",
    ),
    "msgpack, gzip": (
        lambda n: gzip.compress(_pack(n)),
        {"Content-Type": MSGPACK[0], "Content-Encoding": "gzip"}, "msgpack+gzip",
    ),
    "untold json": (_json, {}, "json"),
    "untold msgpack": (_pack, {}, "msgpack"),
    "untold msgpack, gzip": (lambda n: gzip.compress(_pack(n)), {}, "msgpack+gzip"),
}  # fmt: skip


@pytest.mark.parametrize("keys", [KEY, OWN], ids=["gateway key", "device key"])
@pytest.mark.parametrize(("made", "headers", "wire"), FORMS.values(), ids=FORMS.keys())
async def test_every_form_is_kept_as_sent_and_can_be_read(
    gateway: httpx.AsyncClient,
    listener: Listener,
    *,
    made: Callable[[int], bytes],
    headers: dict[str, str],
    wire: str,
    keys: dict[str, str],
) -> None:
    body = made(41)
    answer = await gateway.post("/v1/readings", content=body, headers={**keys, **headers})
    assert answer.status_code == 202, answer.text
    (envelope,) = await listener.read()
    assert (envelope.raw, envelope.wire, envelope.gateway) == (body, wire, POOL)
    parsed = parse(envelope.raw, envelope.wire)
    assert (parsed.device, parsed.seq) == (PROBE, 41)


async def test_all_of_a_site_stays_in_one_partition_and_in_order(
    gateway: httpx.AsyncClient, listener: Listener
) -> None:
    bodies = [_json(seq) for seq in range(100, 106)]
    for body in bodies:
        assert (await gateway.post("/v1/readings", content=body, headers=KEY)).status_code == 202
    assert [envelope.raw for envelope in await listener.read()] == bodies
    holding = [
        p for p, there in listener.partitions.items() if there[-1:] and there[-1].raw == bodies[-1]
    ]
    (partition,) = holding
    assert [envelope.raw for envelope in listener.partitions[partition][-6:]] == bodies


FOREIGN = msgspec.json.encode(message(device=SCALE))
REFUSALS: dict[str, tuple[dict[str, str], bytes, int, Outcome]] = {
    "no key": ({}, b"{}", 401, Outcome.NO_KEY),
    "unknown gateway key": ({"X-Gateway-Key": "guess"}, b"{}", 401, Outcome.UNKNOWN_KEY),
    "unknown device key": ({"X-Device-Key": "guess"}, b"{}", 401, Outcome.UNKNOWN_KEY),
    "a device's key is no gateway's": (
        {"X-Gateway-Key": device_key(PROBE)}, b"{}", 401, Outcome.UNKNOWN_KEY,
    ),
    "a key's digest is no key": (
        {"X-Gateway-Key": hashlib.sha256(KEY["X-Gateway-Key"].encode()).hexdigest()},
        b"{}", 401, Outcome.UNKNOWN_KEY,
    ),
    "a key that ran out": (
        {"X-Device-Key": EXPIRED_KEY, "X-Vigil-Clock": str(EXPIRED_MS)},
        b"{}", 401, Outcome.UNKNOWN_KEY,
    ),
    "another device of the site": (OWN, FOREIGN, 403, Outcome.FOREIGN_DEVICE),
    "another device, packed": (
        OWN, gzip.compress(msgspec.msgpack.encode(message(device=CO2))), 403,
        Outcome.FOREIGN_DEVICE,
    ),
    "too large": (KEY, b"x" * (MOST_BYTES + 1), 413, Outcome.TOO_LARGE),
    "a picture": ({**KEY, "Content-Type": "image/png"}, b"x", 415, Outcome.UNKNOWN_TYPE),
    "brotli": ({**KEY, "Content-Encoding": "br"}, b"x", 415, Outcome.UNKNOWN_TYPE),
    "a clock of letters": ({**KEY, "X-Vigil-Clock": "noon"}, b"x", 400, Outcome.BAD_CLOCK),
    "a clock beyond all": ({**KEY, "X-Vigil-Clock": "9" * 40}, b"x", 400, Outcome.BAD_CLOCK),
}  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "body", "status", "outcome"), REFUSALS.values(), ids=REFUSALS.keys()
)
async def test_what_is_refused_is_told_counted_and_not_on_the_log(
    gateway: httpx.AsyncClient,
    listener: Listener,
    *,
    headers: dict[str, str],
    body: bytes,
    status: int,
    outcome: Outcome,
) -> None:
    before = counted(outcome)
    answer = await gateway.post("/v1/readings", content=body, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["reason"] == outcome.value
    assert problem["detail"]
    assert counted(outcome) == before + 1
    assert await listener.read() == []


async def test_a_key_opens_until_its_last_moment(
    gateway: httpx.AsyncClient, listener: Listener
) -> None:
    headers = {"X-Device-Key": EXPIRED_KEY, "X-Vigil-Clock": str(EXPIRED_MS - 1)}
    answer = await gateway.post("/v1/readings", content=_json(7), headers=headers)
    assert answer.status_code == 202
    assert [envelope.raw for envelope in await listener.read()] == [_json(7)]


async def test_a_body_without_an_announced_length_is_bounded(gateway: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    answer = await gateway.post("/v1/readings", content=endless(), headers=KEY)
    assert answer.status_code == 413


async def test_a_body_that_does_not_end_is_given_up(
    enrolled: Database, writer: LogWriter, listener: Listener
) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    async with client_of(enrolled, writer, body_s=0.3) as slow:
        answer = await slow.post("/v1/readings", content=dripping(), headers=KEY)
    assert (answer.status_code, answer.json()["reason"]) == (408, "too_slow")
    assert await listener.read() == []


async def test_ticks_reach_every_partition(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker
) -> None:
    headers = {**KEY, "X-Vigil-Clock": str(AT_MS + 77)}
    before = await read_back(own_broker.bootstrap, topics.READINGS)
    assert (await gateway.post("/v1/ticks", headers=headers)).status_code == 202
    after = await read_back(own_broker.bootstrap, topics.READINGS)
    assert {p: len(after[p]) - len(before[p]) for p in after} == dict.fromkeys(after, 1)


async def test_a_live_gateway_keeps_its_own_clock(
    enrolled: Database, writer: LogWriter, listener: Listener
) -> None:
    sent_ms = time.time() * 1000
    async with client_of(enrolled, writer, simulated=False) as live:
        headers = {**KEY, "X-Vigil-Clock": "5"}
        answer = await live.post("/v1/readings", content=b"live", headers=headers)
        assert answer.status_code == 202
        assert (await live.post("/v1/ticks", headers=headers)).status_code == 403
    (envelope,) = await listener.read()
    assert abs(envelope.received_ms - sent_ms) < 60_000


async def test_while_the_log_is_away_nothing_is_accepted(
    gateway: httpx.AsyncClient, own_broker: EmbeddedBroker, listener: Listener
) -> None:
    assert (await gateway.post("/v1/readings", content=b"1", headers=KEY)).status_code == 202
    with frozen(own_broker):
        for path in ("/v1/readings", "/v1/ticks"):
            answer = await gateway.post(path, content=b"2", headers=KEY)
            assert (answer.status_code, answer.json()["reason"]) == (503, "broker_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
    assert (await gateway.post("/v1/readings", content=b"3", headers=KEY)).status_code == 202
    await listener.until(lambda: listener.count(b"3") > 0)


async def test_a_slow_log_pushes_back_and_memory_does_not_grow(
    enrolled: Database, own_broker: EmbeddedBroker, listener: Listener
) -> None:
    """500 messages of 300 kB against a hung log: 16 may wait, the others are told to, at once."""
    body, most, sent = b"z" * 300_000, 16, 500
    process = psutil.Process()
    async with (
        LogWriter(own_broker.bootstrap, timeout_s=3) as slow,
        client_of(enrolled, slow, most=most) as gateway,
    ):
        assert (await gateway.post("/v1/readings", content=b"w", headers=KEY)).status_code == 202
        before, began = process.memory_info().rss, time.monotonic()
        with frozen(own_broker):
            waiting = [
                asyncio.create_task(gateway.post("/v1/readings", content=body, headers=KEY))
                for _ in range(most)
            ]
            await asyncio.sleep(0.3)
            told = [
                await gateway.post("/v1/readings", content=body, headers=KEY) for _ in range(sent)
            ]
            assert time.monotonic() - began < 3, "being told to wait must not itself wait"
            assert {answer.status_code for answer in told} == {429}
            assert all(int(answer.headers["Retry-After"]) > 0 for answer in told)
            grown = process.memory_info().rss - before
            await asyncio.gather(*waiting)
        assert grown < 60e6, f"{grown / 1e6:.0f} MB for 500 messages that were not taken"
    await _accepted_again(enrolled, own_broker, listener)


async def _accepted_again(
    enrolled: Database, own_broker: EmbeddedBroker, listener: Listener
) -> None:
    async with LogWriter(own_broker.bootstrap) as writer, client_of(enrolled, writer) as gateway:
        answer = await gateway.post("/v1/readings", content=b"after", headers=KEY)
        assert answer.status_code == 202
    await listener.until(lambda: listener.count(b"after") == 1)


async def test_a_gateway_does_not_start_without_a_broker() -> None:
    with pytest.raises(Transient, match="broker cannot be reached"):
        async with LogWriter(f"127.0.0.1:{free_port()}"):
            pass


async def test_health_says_that_keys_can_be_looked_up(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get("/healthz")).json() == {"ok": True, "why": ""}


async def test_the_document_says_what_the_gateway_takes(
    gateway: httpx.AsyncClient, listener: Listener
) -> None:
    """Its own examples are accepted, in both media types, and parse to what it shows."""
    document = (await gateway.get("/openapi.json")).json()
    route = document["paths"]["/v1/readings"]["post"]
    content = route["requestBody"]["content"]
    assert set(content) == {JSON, MSGPACK[0]}
    for media, described in content.items():
        name = described["schema"]["$ref"].rsplit("/", 1)[1]
        assert set(document["components"]["schemas"][name]["properties"]) == {
            "device", "seq", "series",
        }  # fmt: skip
        (example,) = described["examples"].values()
        in_hex = example.get("description", "").rpartition(" ")[2]
        body = bytes.fromhex(in_hex) if media != JSON else msgspec.json.encode(example["value"])
        answer = await gateway.post(
            "/v1/readings", content=body, headers={**KEY, "Content-Type": media}
        )
        assert answer.status_code == 202
        (envelope,) = await listener.read()
        parsed = parse(envelope.raw, envelope.wire)
        assert msgspec.to_builtins(parsed) == EXAMPLE == example["value"]
    assert set(route["responses"]) == {
        "202", "400", "401", "403", "408", "413", "415", "429", "503",
    }  # fmt: skip
    assert "Retry-After" in route["responses"]["503"]["headers"]
