"""The relay: the outbox reaches the topic, in order per key, whatever the broker does."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from infra.stack.broker import EmbeddedBroker
from pipelines.log import LogWriter
from pipelines.relay import relay, relay_once
from pipelines.store import Database
from tests.contract.pipeline.frozen import frozen
from tests.contract.runtime.read_back import read_back

PARTITIONS = 3
ROWS = 700  # more than a relay takes at once, more than a batch of the producer holds
PADDING = b"." * 300


@pytest.fixture
def topic(own_broker: EmbeddedBroker) -> str:
    name = f"relay-{uuid.uuid4().hex[:8]}"
    own_broker.create_topics({name: PARTITIONS})
    return name


async def put(database: Database, topic: str, count: int, start: int = 0) -> None:
    rows = [
        {"topic": topic, "key": b"key-%d" % (n % 7), "value": b"%d" % n + PADDING}
        for n in range(start, start + count)
    ]
    async with database.transaction() as tx:
        await tx.execute_many("runtime_emit", rows)


async def sent(broker: EmbeddedBroker, topic: str) -> dict[bytes, list[int]]:
    """Numbers on the topic by key, in the order of the log."""
    found: dict[bytes, list[int]] = {}
    for messages in (await read_back(broker.bootstrap, topic, PARTITIONS)).values():
        for message in messages:
            found.setdefault(message.key, []).append(int(message.value.rstrip(b".")))
    return found


def in_order(start: int, end: int) -> dict[bytes, list[int]]:
    return {b"key-%d" % k: [n for n in range(start, end) if n % 7 == k] for k in range(7)}


async def eventually(holds: Callable[[], Awaitable[bool]], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110  a database tells nobody
            await asyncio.sleep(0.05)


async def waiting(database: Database) -> int:
    row = await database.row("relay_count")
    assert row is not None
    return int(row["waiting"])


async def test_every_row_is_sent_once_and_in_order(
    database: Database, writer: LogWriter, own_broker: EmbeddedBroker, topic: str
) -> None:
    await put(database, topic, ROWS)
    with psycopg.connect(str(database._pool.conninfo)) as connection:
        # Moves rows within the table, so that only asking for an order gives one.
        connection.execute("UPDATE outbox SET value = value WHERE outbox_id % 3 = 0")
    counts = []
    while count := await relay_once(database, writer):
        counts.append(count)
    assert sum(counts) == ROWS
    assert len(counts) > 1
    assert await waiting(database) == 0
    assert await sent(own_broker, topic) == in_order(0, ROWS)


async def test_two_relays_at_once_send_nothing_twice(
    database: Database, writer: LogWriter, own_broker: EmbeddedBroker, topic: str
) -> None:
    await put(database, topic, ROWS)
    async with LogWriter(own_broker.bootstrap) as other:
        while await waiting(database):
            await asyncio.gather(
                relay_once(database, writer),
                relay_once(database, other),
                relay_once(database, writer),
            )
    assert await sent(own_broker, topic) == in_order(0, ROWS)


async def test_a_running_relay_is_woken_by_what_is_committed(
    database: Database, writer: LogWriter, own_broker: EmbeddedBroker, topic: str
) -> None:
    committed = asyncio.Event()
    running = asyncio.create_task(relay(database, writer, committed))

    async def arrived() -> bool:
        return await sent(own_broker, topic) == in_order(0, 70)

    try:
        for start in (0, 35):
            await put(database, topic, 35, start)
            committed.set()
        await eventually(arrived)
        assert await waiting(database) == 0
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_an_outage_of_the_broker_loses_nothing(
    database: Database, writer: LogWriter, own_broker: EmbeddedBroker, topic: str
) -> None:
    committed = asyncio.Event()
    await put(database, topic, 7)
    running = asyncio.create_task(relay(database, writer, committed))

    async def empty() -> bool:
        return await waiting(database) == 0

    try:
        await eventually(empty)
        with frozen(own_broker):
            await put(database, topic, 70, start=7)
            committed.set()
            await asyncio.sleep(2.5)  # longer than the writer waits
            assert await waiting(database) == 70
            assert not running.done()
        await eventually(empty)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    found = await sent(own_broker, topic)
    for key, numbers in in_order(0, 77).items():
        assert set(found[key]) == set(numbers)  # perhaps twice: ids make twice once
