"""Owns a server of ours that runs as a child process on a port of 127.0.0.1, and its stopping."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.stack.processes import Child, free_port


class LocalServer(ABC):
    """``with Server(...) as server``: it keeps its port from one start to the next."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self.port = 0

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it accepts connections; raises StackError with a remedy."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.alive

    def stop(self) -> None:
        """Stop it; safe to call again."""
        if self._child:
            self._child.stop()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def _take_port(self) -> int:
        self.port = self.port or free_port()
        return self.port

    def _run(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        grace_s: float,
        ready_s: float,
    ) -> None:
        self._child = Child(name, list(argv), log=log, env=env, grace_s=grace_s)
        self._child.start()
        self._child.await_ready(self._answers, timeout_s=ready_s)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
