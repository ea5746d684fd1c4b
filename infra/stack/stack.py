"""Broker and database together, for the demo, development and tests.

Owns starting both at once and stopping both whatever happens. It knows nothing of topics,
tables or any other room.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from infra.stack.broker import EmbeddedBroker
from infra.stack.database import EmbeddedDatabase, Flavour
from infra.stack.trixie import Tell


class Stack:
    """A context manager; inside it both parts are ready, after it both are gone.

    Should this process be killed, the parts' keepers end them all the same.
    """

    def __init__(
        self, workdir: Path, *, tell: Tell, flavour: Flavour = "auto", keep: bool = False
    ) -> None:
        """`workdir` gets logs (and kept data of plain PostgreSQL); `tell` gets progress lines."""
        self.workdir = workdir
        self.database = EmbeddedDatabase(workdir, tell=tell, flavour=flavour, keep=keep)
        self.broker = EmbeddedBroker(workdir)

    @property
    def bootstrap(self) -> str:
        """The broker's address, host:port."""
        return self.broker.bootstrap

    @property
    def log_id(self) -> str:
        """Names this log; a new one at every start."""
        return self.broker.log_id

    @property
    def database_url(self) -> str:
        """Libpq URL of the database."""
        return self.database.url

    @property
    def flavour(self) -> Literal["timescale", "plain"]:
        """Which database it is."""
        return self.database.flavour

    def start(self) -> None:
        """Start both; when either fails or Ctrl-C comes, stop both and raise."""
        pool = ThreadPoolExecutor(2, thread_name_prefix="stack-start")
        try:
            starts = [pool.submit(self.database.start), pool.submit(self.broker.start)]
            for part in starts:
                part.result()
        except BaseException:
            self.stop()  # ends what a start waits for
            pool.shutdown()
            self.stop()  # what a start had begun meanwhile
            raise
        pool.shutdown()

    def stop(self) -> None:
        """Stop both in reverse order; safe to call again."""
        try:
            self.broker.stop()
        finally:
            self.database.stop()

    def __enter__(self) -> Self:
        """Start both."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        self.stop()
