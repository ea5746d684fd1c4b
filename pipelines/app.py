"""The one door to Faust: topics of raw bytes, one agent a stage, one runner a partition.

Faust acknowledges an event whose agent raised. So no exception leaves an agent here: events are
taken unacknowledged (``noack``), handed to the partition's runner, and acknowledged in order only
after their effects are committed; what cannot be committed stops the process unacknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import faust
import structlog
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

from pipelines.errors import Fatal
from pipelines.runtime import PartitionRunner
from pipelines.stage import Foresees, Message, Stage
from pipelines.store import Database

log = structlog.get_logger()

AT_ONCE = 64
"""Messages whose effects may share a transaction: bounds both memory and what a crash redoes."""
LEAST_AHEAD = 32
"""Messages of a partition that may wait in hand: a stage that foresees begins on all of them."""
EXIT_FATAL = 70
SWITCH_S = 0.0005
"""Faust fetches in a thread of its own. With Python's 5 ms each of a commit's answers waited that
long for the other thread to give way: a commit took 100 ms instead of 5."""

FETCH_WAIT_MS = 20
"""How long a fetch may stay empty. Faust says 1.5 s, and the embedded broker holds every empty
fetch to the end, which Kafka does not: each hop over the log would cost half of it."""

AnyStage = Stage[Any]
Background = Callable[[], Awaitable[None]]


def build_app(
    *,
    bootstrap: str,
    log_id: str,
    database: Database,
    stages: Sequence[AnyStage],
    partitions: dict[str, int],
    committed: asyncio.Event,
    refusals_in_a_row: int = 0,
    at_once: Mapping[str, int] | None = None,
    background: Sequence[Background] = (),
) -> faust.App:
    """Wires stages to their topics. The app takes part in the consumer group ``vigil``.

    Args:
        at_once: by stage name, how many messages may share a transaction; else ``AT_ONCE``.
    """
    app = faust.App(
        "vigil",
        broker=";".join(f"aiokafka://{host}" for host in bootstrap.split(",")),
        store="memory://",
        datadir=tempfile.gettempdir(),  # it insists on a folder, and we keep nothing in it
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        # Short times keep a join to seconds on the embedded broker, which holds a join for half
        # the session's time-out.
        broker_rebalance_timeout=3.0,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        broker_commit_interval=1.0,
        broker_max_poll_records=500,
        stream_wait_empty=False,
        stream_buffer_maxsize=512,
    )
    app.transport = _Transport(app.conf.broker, app, loop=app.loop)
    for stage in stages:
        _add_agent(
            app,
            stage,
            database=database,
            log_id=log_id,
            partitions=partitions[stage.topic],
            committed=committed,
            refusals_in_a_row=refusals_in_a_row,
            at_once=(at_once or {}).get(stage.name, AT_ONCE),
        )
    for run in background:
        app.task(_guarded(run))
    return app


class _Thread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001  nothing else sets it
        return consumer


class _Consumer(Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(Transport):
    Consumer = _Consumer


def _add_agent(
    app: faust.App,
    stage: AnyStage,
    *,
    database: Database,
    log_id: str,
    partitions: int,
    committed: asyncio.Event,
    refusals_in_a_row: int,
    at_once: int,
) -> None:
    topic = app.topic(
        stage.topic, key_serializer="raw", value_serializer="raw", partitions=partitions
    )
    lanes: dict[int, asyncio.Queue[faust.Event]] = {}
    foresees: object = stage

    async def agent(stream: faust.Stream[bytes]) -> AsyncIterator[None]:
        async for event in stream.noack().events():
            partition = event.message.partition
            if partition not in lanes:
                lanes[partition] = asyncio.Queue(maxsize=max(2 * at_once, LEAST_AHEAD))
                runner = PartitionRunner(
                    stage,
                    partition,
                    database,
                    log_id=log_id,
                    committed=committed,
                    refusals_in_a_row=refusals_in_a_row,
                )
                app.add_future(_drain(lanes[partition], runner, stage.name, at_once))
            if isinstance(foresees, Foresees):
                foresees.foresee(_message(event))
            await lanes[partition].put(event)
            yield

    consume: Any = agent  # faust's annotation takes no asynchronous generator function
    app.agent(topic, name=f"vigil.{stage.name}", concurrency=1)(consume)


async def _drain(
    lane: asyncio.Queue[faust.Event], runner: PartitionRunner[Any], name: str, at_once: int
) -> None:
    while True:
        events = [await lane.get()]
        while len(events) < at_once and not lane.empty():
            events.append(lane.get_nowait())
        try:
            await runner.run([_message(event) for event in events])
        except Fatal as error:
            stop_now(f"{name}: {error}", error)
        for event in events:
            event.ack()


def _message(event: faust.Event) -> Message:
    record = event.message
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        value=record.value or b"",
    )


def _guarded(run: Background) -> Background:
    async def task() -> None:
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  whatever it is, a half-dead worker is worse
            stop_now("background task failed", error)

    return task


def stop_now(why: str, error: BaseException) -> None:
    """Ends the process at once, so that Faust gets no chance to acknowledge what is in flight."""
    log.critical("worker stops", why=why, exc_info=error)
    os._exit(EXIT_FATAL)


def run_worker(app: faust.App, *, loglevel: str = "warning") -> None:
    """Runs until told to stop by a signal."""
    sys.setswitchinterval(SWITCH_S)
    for name in ("faust", "mode", "aiokafka"):  # they format every debug line, shown or not
        logging.getLogger(name).setLevel(logging.WARNING)
    faust.Worker(app, loglevel=loglevel, blocking_timeout=None).execute_from_commandline()
