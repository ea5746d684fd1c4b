"""The job by Quix Streams: ``python -m tests.benchmarks.peers.quix JOB.json GRAIN``.

One process, at-least-once as it comes: state in RocksDB, sink flushed, then offsets committed, all
every ``COMMIT_EVERY`` messages. State is kept under the message's key (the site), so no topic for
repartitioning is needed, which would send every reading through the broker a second time.

``message`` keeps a device's message whole through the dataframe: one read and one write of state
for up to 300 readings. ``reading`` is what the documentation teaches: expand to one value a
reading, state by series. No changelog topics, as the embedded broker does not compact: that spares
the peer work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from quixstreams import Application, State  # type: ignore[import-not-found]
from quixstreams.sinks import BatchingSink, SinkBatch  # type: ignore[import-not-found]

from tests.benchmarks.peers.job import (
    Alert,
    Job,
    Row,
    Store,
    Window,
    decode,
    judge,
    moment,
    read_job,
)

COMMIT_EVERY = 256
"""Messages a checkpoint: as many as our worker takes at once."""
MEMBERSHIP = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 1000}
"""The embedded broker holds a join for half the session."""


class ToPostgres(BatchingSink):  # type: ignore[misc]  # untyped where this is checked
    """Writes each partition's batch by COPY."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._store: Store | None = None

    def setup(self) -> None:
        """Called once by the application."""
        self._store = Store(self._job)

    def write(self, batch: SinkBatch) -> None:
        """Called at every checkpoint."""
        assert self._store is not None
        self._store.write(
            (row for item in batch for row in item.value[0]),
            [alert for item in batch for alert in item.value[1]],
        )


def main(job: Job, grain: str) -> None:
    """Runs until told to stop."""
    app = Application(
        broker_address=job.bootstrap, consumer_group=f"{job.name}-{job.topic}",
        auto_offset_reset="earliest", commit_every=COMMIT_EVERY, commit_interval=1.0,
        state_dir=job.state_dir, auto_create_topics=False, use_changelog_topics=False,
        loglevel="WARNING", consumer_extra_config=MEMBERSHIP,
    )  # fmt: skip
    topic = app.topic(job.topic, key_deserializer="str", value_deserializer="bytes")
    # Stateful frames ask for this setting, which the embedded broker does not report.
    topic.broker_config.extra_config.setdefault("retention.ms", "-1")
    frame = app.dataframe(topic)
    if grain == "message":
        frame = frame.apply(lambda value, state: whole(job, value, state), stateful=True)
    else:
        frame = frame.apply(lambda value: list(readings(job, value)), expand=True)
        frame = frame.apply(single, stateful=True)
    frame.sink(ToPostgres(job))
    app.run()


def whole(job: Job, record: bytes, state: State) -> tuple[list[Row], list[Alert]]:
    """A device's message, its series' windows under its name."""
    message = decode(record)
    known = job.series[message.device]
    kept = msgspec.convert(state.get(message.device, {}), dict[str, Window])
    rows: list[Row] = []
    alerts: list[Alert] = []
    for block in message.series:
        limits = known[block.quantity]
        window = kept.setdefault(block.quantity, Window())
        for time_ms, value in zip(block.t, block.v, strict=True):
            rows.append((moment(time_ms), limits.series_id, value, 0))
            if found := judge(window, limits, time_ms, value):
                alerts.append(found)
    state.set(message.device, msgspec.to_builtins(kept))
    return rows, alerts


def readings(job: Job, record: bytes) -> Iterator[Any]:
    """One value a reading."""
    message = decode(record)
    for block in message.series:
        limits = job.series[message.device][block.quantity]
        for time_ms, value in zip(block.t, block.v, strict=True):
            yield limits, time_ms, value


def single(reading: Any, state: State) -> tuple[list[Row], list[Alert]]:
    """A reading, its series' window under the series' number."""
    limits, time_ms, value = reading
    kept = state.get(limits.series_id)
    window = Window(*kept) if kept else Window()
    found = judge(window, limits, time_ms, value)
    state.set(limits.series_id, [window.start_ms, window.total, window.count, window.bad])
    return [(moment(time_ms), limits.series_id, value, 0)], [found] if found else []


if __name__ == "__main__":
    main(read_job(sys.argv[1]), sys.argv[2])
