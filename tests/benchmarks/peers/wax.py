"""The job by Bytewax: ``python -m bytewax.run "tests.benchmarks.peers.wax:flow(JOB, GRAIN)"``.

One process with one worker, at-least-once as it comes: state and offsets are snapshot every second
into recovery partitions; the sink keeps nothing back. Rows go straight from decoding to their sink
in the source's batches; only the judging needs state, a ``stateful_batch`` keyed by series.

``window`` makes one value a reading and collects five minutes in Bytewax's own event-time windows,
as its documentation leads to: out-of-order readings are judged where they belong, as ours are.
``reading`` judges each as it arrives, in windows kept by hand. ``message`` keeps a series' block of
up to 60 readings as one value and loops over it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found]
from bytewax.connectors.kafka import KafkaSource  # type: ignore[import-not-found]
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found]
from bytewax.operators import StatefulBatchLogic
from bytewax.operators.windowing import (  # type: ignore[import-not-found]
    EventClock,
    TumblingWindower,
    collect_window,
)
from bytewax.outputs import DynamicSink, StatelessSinkPartition  # type: ignore[import-not-found]

from tests.benchmarks.peers.job import (
    WINDOW_MS,
    Alert,
    Job,
    Limits,
    Row,
    Store,
    Window,
    decode,
    judge,
    moment,
    read_job,
)

BATCH = 64
"""Messages of a partition read at once; four partitions make as many as our worker takes."""

LATENESS = dt.timedelta(seconds=360)
"""As our worker waits."""

Block = tuple[Limits, list[int], list[float]]
"""A series, and its times and values."""


def flow(path: str, grain: str) -> Dataflow:
    """The dataflow of a job."""
    job = read_job(path)
    made = Dataflow(job.name)
    source = KafkaSource([job.bootstrap], [job.topic], batch_size=BATCH)
    records = op.input("log", made, source)
    blocks = op.flat_map_batch("decode", records, lambda batch: list(_blocks(job, batch)))
    if grain != "message":
        blocks = op.flat_map("explode", blocks, _explode)
    op.output("readings", blocks, Rows(job))
    if grain == "window":
        clock = EventClock(lambda one: moment(one[1][0]), wait_for_system_duration=LATENESS)
        fives = TumblingWindower(length=dt.timedelta(milliseconds=WINDOW_MS), align_to=moment(0))
        found = collect_window("five minutes", blocks, clock, fives)
        blocks = op.map_value("as a block", found.down, lambda window: _joined(window[1]))
    alerts = op.stateful_batch("judge", blocks, Judge)
    op.output("alerts", alerts, Alerts(job))
    return made


def _joined(window: list[Block]) -> Block:
    """A window's single readings as one block, in order of event time."""
    window.sort(key=lambda one: one[1])
    return window[0][0], [one[1][0] for one in window], [one[2][0] for one in window]


def _blocks(job: Job, batch: list[Any]) -> Iterator[tuple[str, Block]]:
    for record in batch:
        message = decode(record.value)
        known = job.series[message.device]
        for block in message.series:
            limits = known[block.quantity]
            yield str(limits.series_id), (limits, block.t, block.v)


def _explode(keyed: tuple[str, Block]) -> list[tuple[str, Block]]:
    key, (limits, times, values) = keyed
    return [(key, (limits, [t], [v])) for t, v in zip(times, values, strict=True)]


class Judge(StatefulBatchLogic):  # type: ignore[misc]  # untyped where this is checked
    """One series' window."""

    def __init__(self, state: tuple[Any, ...] | None) -> None:
        self._window = Window(*state) if state else Window()

    def on_batch(self, values: list[Block]) -> tuple[list[Alert], bool]:
        """Readings of the series, in order."""
        found = []
        for limits, times, block in values:
            for time_ms, value in zip(times, block, strict=True):
                if alert := judge(self._window, limits, time_ms, value):
                    found.append(alert)
        return found, StatefulBatchLogic.RETAIN

    def snapshot(self) -> tuple[Any, ...]:
        """What is stored of it."""
        window = self._window
        return window.start_ms, window.total, window.count, window.bad


class Rows(DynamicSink):  # type: ignore[misc]  # untyped where this is checked
    """Readings by COPY, a transaction a batch."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _RowsPart:  # noqa: ARG002
        """One connection a worker."""
        return _RowsPart(Store(self._job))


class Alerts(DynamicSink):  # type: ignore[misc]  # untyped where this is checked
    """Alerts, the same way."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _AlertsPart:  # noqa: ARG002
        """One connection a worker."""
        return _AlertsPart(Store(self._job))


class _RowsPart(StatelessSinkPartition):  # type: ignore[misc]  # untyped where this is checked
    def __init__(self, store: Store) -> None:
        self._store = store

    def write_batch(self, items: list[tuple[str, Block]]) -> None:
        self._store.write(_rows(items), [])


class _AlertsPart(StatelessSinkPartition):  # type: ignore[misc]  # untyped where this is checked
    def __init__(self, store: Store) -> None:
        self._store = store

    def write_batch(self, items: list[tuple[str, Alert]]) -> None:
        self._store.write([], [alert for _, alert in items])


def _rows(items: list[tuple[str, Block]]) -> Iterator[Row]:
    for _, (limits, times, values) in items:
        for time_ms, value in zip(times, values, strict=True):
            yield moment(time_ms), limits.series_id, value, 0
