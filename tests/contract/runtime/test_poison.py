"""Messages that could stop a worker for good: each is refused and the stream goes on."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from detectors.catalogue import load as load_catalogue
from detectors.types import Phase, Signal
from pipelines import codec, topics
from pipelines.alerts.stage import AlertsStage
from pipelines.demo.authority import register
from pipelines.readings.stage import ReadingsStage
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.write import write_register
from pipelines.runtime import DETAIL_CHARACTERS, LETTER_BYTES, PartitionRunner
from pipelines.stage import Message
from pipelines.store import Database
from tests.fresh import fresh_database

DAY_MS = 1_772_294_400_000
NOON = DAY_MS + 12 * 3600 * 1000


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(fresh_database(database_url, "poison"), max_size=2) as opened:
        await write_register(opened, register(DAY_MS))
        yield opened


@pytest.fixture(scope="module")
async def registry(database: Database) -> Registry:
    return await load_registry(database)


def good(seq: int) -> bytes:
    block = {"quantity": "ph", "unit": "pH", "t": [NOON + seq], "v": [7.2]}
    return msgspec.json.encode({"device": "pool-probe", "seq": seq, "series": [block]})


def enveloped(raw: bytes) -> bytes:
    return codec.encode(
        codec.Envelope(
            kind="batch", gateway="pool-hall", received_ms=NOON + 5000, raw=raw,
            sha256=hashlib.sha256(raw).hexdigest(),
        )
    )  # fmt: skip


POISON = {
    "a device named NUL": b'{"device":"\\u0000","seq":1,"series":[]}',
    "a device with a megabyte of name": (
        b'{"device":"' + b"x" * (1 << 20) + b'","seq":1,"series":[]}'
    ),
    "a quantity with NUL": (
        b'{"device":"pool-probe","seq":1,"series":[{"quantity":"p\\u0000h","unit":"","t":[],"v":[]}]}'
    ),
    "a number beyond bigint": b'{"device":"pool-probe","seq":9223372036854775808,"series":[]}',
    "a number beyond all": b'{"device":"pool-probe","seq":1' + b"0" * 30 + b',"series":[]}',
    "NUL bytes": bytes(1000),
}  # fmt: skip


@pytest.mark.parametrize("raw", POISON.values(), ids=POISON.keys())
async def test_a_reading_that_cannot_be_stored_is_a_dead_letter(
    database: Database, registry: Registry, raw: bytes, request: pytest.FixtureRequest
) -> None:
    stage = ReadingsStage(registry, load_catalogue(), lateness_ms=360_000, future_ms=300_000)
    runner = PartitionRunner(stage, 0, database, log_id=request.node.name)
    seq = 10 * (list(POISON.values()).index(raw) + 1)
    values = [enveloped(good(seq)), enveloped(raw), enveloped(good(seq + 1))]
    await runner.run(
        [
            Message(topic=topics.READINGS, partition=seq, offset=n, key=b"", value=value)
            for n, value in enumerate(values)
        ]
    )
    letters = await database.query(
        f"SELECT original, detail FROM dead_letters WHERE partition = {seq:d}"  # noqa: S608  ours
    )
    kept = await database.query(
        f"SELECT seq FROM raw_batches WHERE partition = {seq:d}"  # noqa: S608  ours
    )
    assert [letter["original"] for letter in letters] == [raw]
    assert len(letters[0]["detail"]) <= DETAIL_CHARACTERS
    assert sorted(row["seq"] for row in kept) == [seq, seq + 1]


async def test_a_large_original_is_whole_in_the_table_and_short_on_the_topic(
    database: Database, registry: Registry
) -> None:
    stage = ReadingsStage(registry, load_catalogue(), lateness_ms=360_000, future_ms=300_000)
    raw = bytes(4 << 20)  # as much as a writer sends at once
    message = Message(
        topic=topics.READINGS, partition=99, offset=0, key=b"", value=enveloped(raw)
    )  # fmt: skip
    await PartitionRunner(stage, 0, database, log_id="large").run([message])
    (stored,) = await database.query("SELECT original FROM dead_letters WHERE partition = 99")
    assert stored["original"] == raw
    letters = [
        codec.decode(bytes(row["value"]), codec.DeadLetter)
        for row in await database.rows("relay_waiting")
        if row["topic"] == topics.DEAD_LETTERS
    ]
    (letter,) = [letter for letter in letters if letter.partition == 99]
    assert letter.original == raw[:LETTER_BYTES]


async def test_an_end_before_its_beginning_does_not_stop_the_worker(
    database: Database, registry: Registry
) -> None:
    opened = Signal(
        phase=Phase.OPENED, rule_id="pool-free-chlorine", rule_version="1", severity="high",
        party_id="pool", site_id="pool-hall", place="pool-main", subject="pool-probe",
        start_ms=NOON, at_ms=NOON + 60_000, unit="mg/L", value=0.2, low=0.3, high=1.0, series_id=1,
    )  # fmt: skip
    closed = msgspec.structs.replace(opened, phase=Phase.CLOSED, at_ms=NOON + 120_000, value=0.1)
    runner = PartitionRunner(AlertsStage(registry), 0, database, log_id="overtaken")
    for offset, signal in enumerate((closed, opened, closed)):
        value = codec.encode(codec.SignalMessage(signal=signal, input_at_ms=0))
        message = Message(topic="signals", partition=0, offset=offset, key=b"", value=value)
        await runner.run([message])
    (alert,) = await database.rows("demo_alerts")
    assert alert["state"] == "sealing"
    rows: list[dict[str, Any]] = await database.query("SELECT end_ms, value FROM alerts")
    assert rows == [{"end_ms": NOON + 120_000, "value": 0.1}]
