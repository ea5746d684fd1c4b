"""Owns what benchmarks stand on: the real stack, a registered authority, real `vigil worker`s."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from infra.stack import Stack
from infra.stack.processes import Child
from pipelines import topics
from pipelines.log import LogWriter
from pipelines.registry.types import Register
from pipelines.registry.write import write_register
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.migrate import migrate
from tests.benchmarks.fleet import Fleet

PATIENCE_S = 300.0
POLL_S = 0.01
AT_ONCE = 200
START_UP = 8
"""One part of so many is left out: meanwhile the worker joins and loads its partitions."""

Record = tuple[bytes, bytes]
"""Key and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a counter went through once the worker was under way."""

    seconds: float
    counted: int

    @property
    def per_second(self) -> float:
        """The rate, start-up left out."""
        return self.counted / self.seconds


class Bed:
    """The running stack. One worker at a time."""

    def __init__(self, stack: Stack, workdir: Path, fleet: Fleet, *, quick: bool) -> None:
        self.stack = stack
        self.fleet = fleet
        self.quick = quick
        self.rounds = 3 if quick else 5
        self.workdir = workdir
        self.settings = Settings(
            bootstrap=stack.bootstrap, log_id=stack.log_id, database_url=stack.database_url,
            data_dir=(workdir / "data").resolve(), footage_wait_s=0,
            _env_file=None,  # a demo that is up leaves its settings here
        )  # fmt: skip
        self.sql = psycopg.connect(stack.database_url, autocommit=True)

    def counter(self, name: str) -> int:
        """A counter that stages commit together with their rows."""
        row = self.sql.execute("SELECT value FROM counters WHERE name = %s", [name]).fetchone()
        return int(row[0]) if row else 0

    def waiting_alerts(self) -> int:
        """Alerts whose evidence is not sealed yet, and messages not sent on yet."""
        row = self.sql.execute(
            "SELECT (SELECT count(*) FROM alerts WHERE state = 'sealing')"
            " + (SELECT count(*) FROM outbox)"
        ).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def worker(self) -> Iterator[Child]:
        """A real worker process; ended, gracefully, at the end."""
        own = {f"VIGIL_{k.upper()}": str(v) for k, v in self.settings if v is not None}
        command = [sys.executable, "-m", "pipelines.cli", "worker"]
        with self.child("worker", command, own) as child:
            yield child

    @contextmanager
    def child(self, name: str, command: list[str], own: Mapping[str, str]) -> Iterator[Child]:
        """A process with its own environment variables besides ours; ended at the end."""
        log = self.workdir / f"{name}.log"
        child = Child(name, command, log=log, env={**os.environ, **own})
        child.start()
        try:
            yield child
        finally:
            child.stop()

    def watch(self, worker: Child, counter: str, *, until: int) -> Watched:
        """Follows a counter from an eighth of the way until it reaches ``until``."""
        before = self.counter(counter)
        first = self._passes(worker, counter, before + (until - before) // START_UP)
        last = self._passes(worker, counter, until)
        return Watched(seconds=last[0] - first[0], counted=last[1] - first[1])

    def _passes(self, worker: Child, counter: str, least: int) -> tuple[float, int]:
        found = 0

        def reached() -> bool:
            nonlocal found
            found = self.counter(counter)
            return found >= least

        self.wait(worker, reached, what=f"{counter} at {least}")
        return time.perf_counter(), found

    def reach(self, worker: Child, counter: str, least: int) -> None:
        """Waits until a counter has come so far."""
        self._passes(worker, counter, least)

    def wait(self, worker: Child, done: Callable[[], bool], *, what: str) -> None:
        """Polls until done; raises RuntimeError when the worker ends or patience does."""
        until = time.monotonic() + PATIENCE_S
        while not done():
            if not worker.alive or time.monotonic() > until:
                refused = self.sql.execute("SELECT reason, count(*) FROM dead_letters GROUP BY 1")
                letters = refused.fetchall()
                raise RuntimeError(f"waited for {what}; refused {letters}:\n{worker.tail(30)}")
            time.sleep(POLL_S)

    def settle(self, worker: Child) -> None:
        """Waits until no alert and no message waits."""
        self.wait(worker, lambda: self.waiting_alerts() == 0, what="alerts to be sealed")

    def put(self, topic: str, records: Sequence[Record]) -> None:
        """Loads records onto a topic as fast as the broker takes them."""
        asyncio.run(self._put(topic, records))

    async def _put(self, topic: str, records: Sequence[Record]) -> None:
        async with LogWriter(self.settings.bootstrap) as writer:
            for start in range(0, len(records), AT_ONCE):
                some = records[start : start + AT_ONCE]
                await asyncio.gather(*(writer.send(topic, key, value) for key, value in some))

    def play(self, topic: str, records: Sequence[Callable[[], Record]], *, per_s: float) -> float:
        """Sends records evenly paced; each is made as it is sent. Returns how fast it went."""
        return asyncio.run(self._play(topic, records, per_s))

    async def _play(
        self, topic: str, records: Sequence[Callable[[], Record]], per_s: float
    ) -> float:
        async with LogWriter(self.settings.bootstrap) as writer, asyncio.TaskGroup() as sending:
            began = time.perf_counter()
            for number, make in enumerate(records):
                ahead_s = number / per_s - (time.perf_counter() - began)
                if ahead_s > 0:
                    await asyncio.sleep(ahead_s)
                key, value = make()
                sending.create_task(writer.send(topic, key, value))
            return len(records) / (time.perf_counter() - began)

    def delays_ms(self, *, after_ms: int) -> list[float]:
        """From frame to stored alert, of alerts stored after a moment (wall clock)."""
        rows = self.sql.execute(
            "SELECT stored_at_ms - input_at_ms FROM alerts"
            " WHERE stored_at_ms > %s AND series_id IS NULL",
            [after_ms],
        ).fetchall()
        return [float(row[0]) for row in rows]

    def stored_alerts(self, *, after_ms: int) -> list[tuple[str, int, int]]:
        """Site, event time of the decision and wall clock of the row, of alerts on readings."""
        rows = self.sql.execute(
            "SELECT site_id, detected_ms, stored_at_ms FROM alerts"
            " WHERE stored_at_ms > %s AND series_id IS NOT NULL",
            [after_ms],
        ).fetchall()
        return [(str(site), int(at_ms), int(stored_ms)) for site, at_ms, stored_ms in rows]


@contextmanager
def bed(
    workdir: Path, tell: Callable[[str], None], *, quick: bool, fleet: Fleet, registered: Register
) -> Iterator[Bed]:
    """Starts the stack, migrates, registers; stops everything at the end."""
    with Stack(workdir / "stack", tell=tell) as stack:
        stack.broker.create_topics(topics.PARTITIONS)
        migrate(stack.database_url)
        asyncio.run(_register(stack.database_url, registered))
        made = Bed(stack, workdir, fleet, quick=quick)
        try:
            yield made
        finally:
            made.sql.close()


async def _register(url: str, registered: Register) -> None:
    async with Database(url, max_size=1) as database:
        await write_register(database, registered)
