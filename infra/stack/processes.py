"""Child processes that cannot outlive Vigil: started in a session of their own, under a keeper.

Owns starting, stopping and log tails. It must know nothing of what the children do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
KEEPER_MARGIN_S = 12.0  # the keeper's own kill and sweep take at most 10 s beyond the grace


class StackError(RuntimeError):
    """A part of the stack could not start or failed; the message says what to do."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """One supervised process; it ends when stopped, and when this process ends in any way."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10.0,
    ) -> None:
        """Describe the child; `log` gets its output, `env` replaces the environment if given."""
        self.name = name
        self.argv = list(argv)
        self.log = log
        self._env = dict(env) if env is not None else None
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self.stop_patience_s = grace_s + KEEPER_MARGIN_S  # then its whole group is killed
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; raises StackError when it runs already."""
        if self.alive:
            raise StackError(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        orders = [str(os.getpid()), str(int(self._stop_signal)), str(self._grace_s)]
        with self.log.open("wb") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), *orders, *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def pid(self) -> int | None:
        """The keeper's pid, leader of the child's session; None before the start."""
        return self._keeper.pid if self._keeper else None

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Its exit status (128 + n for signal n), or None if it still runs after `timeout_s`."""
        if self._keeper is None:
            raise StackError(f"{self.name} was not started")
        try:
            return self._keeper.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Stop signal, then SIGKILL after the grace, offspring included; safe to call again."""
        keeper = self._keeper
        if keeper is None or keeper.poll() is not None:
            return
        keeper.send_signal(signal.SIGTERM)
        try:
            keeper.wait(self.stop_patience_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(keeper.pid, signal.SIGKILL)
            keeper.wait()

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log, for error messages."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def await_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Poll `ready` until true; raises StackError with the log's tail if it ends or is late."""
        until = time.monotonic() + timeout_s
        while not ready():
            if not self.alive:
                raise StackError(f"{self.name} ended while starting:\n{self.tail()}")
            if time.monotonic() > until:
                raise StackError(f"{self.name} not ready after {timeout_s:.0f} s:\n{self.tail()}")
            time.sleep(0.05)
