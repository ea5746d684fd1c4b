"""The embedded database: TimescaleDB on PostgreSQL 17 where it can be had, else plain PostgreSQL.

Owns the choice between the two and the server's life. It makes no tables and no extension
(migrations do) and never speaks SQL itself.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Literal, TextIO

from infra.stack.postgres import (
    DATABASE,
    SUPERUSER,
    Home,
    home_name,
    plain_home,
    sweep_fresh,
    timescale_home,
)
from infra.stack.processes import Child, StackError, free_port
from infra.stack.trixie import Tell, TrixieFolder

Flavour = Literal["auto", "timescale", "plain"]
READY_S = 60.0
PORT_TRIES = 3  # another process may take the free port before the server does
DEFAULT_ROOT = Path("build/timescale-root")
READY_LINE = "database system is ready to accept connections"


class EmbeddedDatabase:
    """One server on a free port of 127.0.0.1, with an empty database unless `keep`."""

    def __init__(
        self,
        workdir: Path,
        *,
        tell: Tell,
        flavour: Flavour = "auto",
        keep: bool = False,
        root: Path | None = None,
    ) -> None:
        """`root` is the TimescaleDB folder, else VIGIL_TIMESCALE_ROOT, else build/timescale-root.

        With `keep`, data made for the same `workdir` is used again, and left when stopping.
        """
        self._workdir = workdir
        self._tell = tell
        self._wanted = flavour
        self._keep = keep
        given = root or Path(os.environ.get("VIGIL_TIMESCALE_ROOT", DEFAULT_ROOT))
        self._trixie = TrixieFolder(given.absolute(), tell)
        self._home: Home | None = None
        self._lock: TextIO | None = None
        self._child: Child | None = None
        self._closed = False
        self.url = ""
        self.flavour: Literal["timescale", "plain"] = "plain"
        self.why_plain: str | None = None

    def start(self) -> None:
        """Start and wait until it accepts connections; raises StackError."""
        self._home = home = self._choose()
        self._lock = home.claim()
        sweep_fresh(home.folder.parent)
        password = home.prepare()
        for left in reversed(range(PORT_TRIES)):
            try:
                port = self._serve(home)
                break
            except StackError as error:
                if left == 0 or "could not bind" not in str(error):
                    raise
        self.url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}"

    def stop(self) -> None:
        """Stop it, also in the middle of a start, and remove fresh data; safe to call again."""
        self._closed = True
        self._trixie.stop()
        if self._child:
            self._child.stop()
        if self._lock:
            if self._home and not self._keep:
                self._home.remove()
            self._lock.close()
            self._lock = None

    def _choose(self) -> Home:
        name = home_name(self._workdir, keep=self._keep)
        if self._wanted != "plain":
            why = self._trixie.hindrance()
            try:
                if why is None:
                    self._trixie.make()
                    self.flavour = "timescale"
                    return timescale_home(self._trixie.root, name)
            except StackError as error:
                why = " ".join(str(error).split())
            if self._wanted == "timescale" or self._closed:
                raise StackError(f"{why}")
            self.why_plain = why
            self._tell(f"database: plain PostgreSQL, because {why}")
        else:
            self.why_plain = "plain PostgreSQL was asked for"
        self.flavour = "plain"
        return plain_home(self._workdir, name)

    def _serve(self, home: Home) -> int:
        port = free_port()
        self._child = child = Child(
            "database",
            home.server_argv(port),
            log=self._workdir / "database.log",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: does not wait for clients
            grace_s=10.0,
        )
        if self._closed:
            raise StackError("the database was stopped before it started")
        child.start()
        child.await_ready(lambda: READY_LINE in child.tail() and _accepts(port), timeout_s=READY_S)
        return port


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False
