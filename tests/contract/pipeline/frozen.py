"""A broker of our own that can be taken away and come back with all it had."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from infra.stack.broker import EmbeddedBroker


@contextmanager
def frozen(broker: EmbeddedBroker) -> Iterator[None]:
    """Inside, the broker answers nobody: its process is stopped (SIGSTOP), as on a hung machine."""
    child = broker._child
    assert child is not None
    (process,) = psutil.Process(child.pid).children()
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
