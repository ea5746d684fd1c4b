"""The embedded stack, for real: it starts, answers, stops, and leaves nothing behind."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.stack import Stack, StackError
from infra.stack.broker import EmbeddedBroker
from infra.stack.database import EmbeddedDatabase
from infra.stack.processes import free_port

ROOT = Path(__file__).parents[3]


def silent(line: str) -> None:
    """Drop progress lines."""


def processes_with(mark: str) -> list[str]:
    """Command lines of the live processes that mention `mark`."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mark in line:
            found.append(line)
    return found


def gone(mark: str, within_s: float) -> bool:
    """Whether no process mentions `mark` any more before the time is up."""
    until = time.monotonic() + within_s
    while processes_with(mark):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


async def test_broker_gives_back_what_was_produced(stack: Stack) -> None:
    stack.broker.create_topics({"stack-contract": 3})
    stack.broker.create_topics({"stack-contract": 3})  # again: left alone
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
    await producer.start()
    try:
        assert len(await producer.partitions_for("stack-contract")) == 3
        await producer.send_and_wait("stack-contract", "余氯".encode(), key=b"k", partition=2)
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition("stack-contract", 2)])
        message = await consumer.getone()
    finally:
        await consumer.stop()
    assert (message.key, message.value, message.offset) == (b"k", "余氯".encode(), 0)


def test_database_keeps_a_hypertable(stack: Stack) -> None:
    if stack.flavour == "plain":
        pytest.skip(f"plain PostgreSQL: {stack.database.why_plain}")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        connection.execute("CREATE SCHEMA stack_contract")
        connection.execute("CREATE TABLE stack_contract.r (at timestamptz NOT NULL, v float8)")
        connection.execute("SELECT create_hypertable('stack_contract.r', 'at')")
        connection.execute(
            "INSERT INTO stack_contract.r SELECT t, 1 FROM generate_series("
            "timestamptz '2026-01-01', '2026-02-01', interval '1 day') t"
        )
        chunks = connection.execute("SELECT count(*) FROM show_chunks('stack_contract.r')")
        assert chunks.fetchone() == (5,)  # weeks begin on Thursdays, as the epoch did
        buckets = connection.execute(
            "SELECT sum(v) FROM stack_contract.r GROUP BY time_bucket('7 days', at) ORDER BY 1"
        )
        assert sum(row[0] for row in buckets) == 32
        connection.rollback()


def test_database_is_durable_and_speaks_utc(stack: Stack) -> None:
    with psycopg.connect(stack.database_url) as connection:
        for setting, value in (("fsync", "on"), ("synchronous_commit", "on"), ("timezone", "UTC")):
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)


def test_database_refuses_a_wrong_password(stack: Stack) -> None:
    host = stack.database_url.rpartition("@")[2]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://vigil:wrong@{host}")


@pytest.mark.parametrize("flavour", ["auto", "plain"])
def test_stop_leaves_no_process_and_no_fresh_data(tmp_path: Path, flavour: str) -> None:
    with Stack(tmp_path, tell=silent, flavour=flavour) as stack:  # type: ignore[arg-type]
        address = stack.database_url.rpartition("@")[2].partition("/")[0]
        port = address.rpartition(":")[2]
        home = stack.database._home
        assert home is not None
        assert home.folder.exists()
        marks = [f"port={port}", stack.bootstrap]
        assert all(processes_with(mark) for mark in marks)
        idle = psycopg.connect(stack.database_url)  # a client must not delay the stop
        started = time.monotonic()
    assert time.monotonic() - started < 8
    assert not any(processes_with(mark) for mark in marks)
    assert not home.folder.exists()
    idle.close()


def test_log_id_is_new_at_every_start(tmp_path: Path) -> None:
    ids = set()
    for _ in range(2):
        broker = EmbeddedBroker(tmp_path)
        broker.start()
        ids.add(broker.log_id)
        broker.stop()
    assert len(ids) == 2


@pytest.mark.parametrize("flavour", ["auto", "plain"])
def test_kept_data_is_there_after_a_restart(tmp_path: Path, flavour: str) -> None:
    homes = []
    try:
        for start in range(2):
            database = EmbeddedDatabase(tmp_path, tell=silent, flavour=flavour, keep=True)  # type: ignore[arg-type]
            database.start()
            homes.append(database._home)
            try:
                with psycopg.connect(database.url) as connection:
                    if start == 0:
                        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
                    else:
                        assert connection.execute("TABLE kept").fetchone() == (42,)
                rival = EmbeddedDatabase(tmp_path, tell=silent, flavour=flavour, keep=True)  # type: ignore[arg-type]
                with pytest.raises(StackError, match="another Vigil"):
                    rival.start()
            finally:
                database.stop()
    finally:
        for home in homes:
            if home is not None:
                home.remove()


@pytest.mark.parametrize("end", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_parts_end_however_the_parent_ends(tmp_path: Path, end: str) -> None:
    program = (
        "import sys, time; from pathlib import Path; from infra.stack import Stack\n"
        "with Stack(Path(sys.argv[1]), tell=lambda line: None) as stack:\n"
        "    print(stack.bootstrap, stack.database_url, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        bootstrap, url = parent.stdout.readline().split()
        port = url.rpartition("@")[2].partition("/")[0].rpartition(":")[2]
        parent.send_signal(getattr(__import__("signal"), end))
        parent.wait(20)
    assert gone(f"port={port}", 15)
    assert gone(bootstrap, 15)


def test_ready_database_port_is_on_loopback_only(stack: Stack) -> None:
    port = int(stack.bootstrap.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass
    with psycopg.connect(stack.database_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    assert free_port() != port


def test_a_folder_that_cannot_be_made_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    database = EmbeddedDatabase(tmp_path, tell=silent, flavour="timescale", root=tmp_path / "no")
    with pytest.raises(StackError, match="needs root"):
        database.start()
    database.stop()
