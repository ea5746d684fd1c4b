"""A line of its own for killing: broker, database, and `vigil worker` processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from infra.stack.broker import EmbeddedBroker
from pipelines import topics
from pipelines.settings import Settings

ROOT = Path(__file__).parents[3]


class Worker:
    """One real worker process, ours to kill."""

    def __init__(self, settings: Settings, log: Path) -> None:
        own = {
            f"VIGIL_{name.upper()}": str(value)
            for name, value in settings.model_dump().items()
            if value is not None
        }
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", "worker"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: no handler, no clean-up, nothing acknowledged on the way out."""
        self._process.kill()
        self._process.wait()

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]


class Line:
    """The log and the database that workers come and go on."""

    def __init__(self, settings: Settings, workdir: Path) -> None:
        self.settings = settings
        self._workdir = workdir
        self._workers: list[Worker] = []

    def start_worker(self) -> Worker:
        """Starts one more worker."""
        log = self._workdir / f"worker-{len(self._workers)}.log"
        self._workers.append(Worker(self.settings, log))
        return self._workers[-1]

    def done(self) -> int:
        """How many messages of the input topics have been committed."""
        with psycopg.connect(self.settings.database_url) as connection:
            row = connection.execute(
                "SELECT coalesce(sum(next_offset), 0)::int FROM stage_offsets "
                "WHERE log_id = %s AND stage IN ('readings', 'frames')",
                (self.settings.log_id,),
            ).fetchone()
        return 0 if row is None else int(row[0])

    def await_progress(self, beyond: int, *, within_s: float = 40) -> None:
        """Returns once more than ``beyond`` input messages are committed."""
        until = time.monotonic() + within_s
        while self.done() <= beyond:
            dead = [worker.said() for worker in self._workers[-2:] if not worker.alive]
            assert time.monotonic() < until, f"no progress beyond {beyond}; ended workers: {dead}"
            time.sleep(0.02)

    def end(self) -> None:
        """Kills whatever still runs."""
        for worker in self._workers:
            worker.kill()


@contextmanager
def killing_line(database_url: str, workdir: Path) -> Iterator[Line]:
    """A fresh log over a migrated database; everything is gone afterwards."""
    with ExitStack() as stopping:
        broker = EmbeddedBroker(workdir)
        stopping.callback(broker.stop)
        broker.start()
        broker.create_topics(topics.PARTITIONS)
        settings = Settings(
            bootstrap=broker.bootstrap,
            log_id=broker.log_id,
            database_url=database_url,
            data_dir=workdir / "data",
            footage_wait_s=1,
        )
        line = Line(settings, workdir)
        stopping.callback(line.end)
        yield line
