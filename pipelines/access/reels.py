"""Owns having originals at hand while somebody looks at them: fetched once, let go soon after.

A film is shown in many pieces, and a vault may be far away. Must not give a path to anybody who
sends files out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.vault.types import Vault

IDLE_S = 60.0


@dataclass(slots=True)
class _Reel:
    """An object's file; ``path`` once it is here."""

    stack: ExitStack = field(default_factory=ExitStack)
    arriving: threading.Lock = field(default_factory=threading.Lock)
    path: Path | None = None
    users: int = 0
    left_s: float = 0.0


class Reels:
    """Files of a vault's objects, from any thread.

    Args:
        idle_s: how long a file stays after the last use.
    """

    def __init__(
        self, objects: Vault, *, idle_s: float = IDLE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._objects, self._idle_s, self._clock = objects, idle_s, clock
        self._lock = threading.Lock()
        self._reels: dict[str, _Reel] = {}

    @contextmanager
    def file(self, sha256: str) -> Iterator[Path]:
        """The object as a file; fetched where it is not here yet.

        Raises:
            FileNotFoundError: there is none.
            Transient: the vault cannot be reached now.
        """
        self.sweep()
        with self._lock:
            reel = self._reels.setdefault(sha256, _Reel())
            reel.users += 1
        try:
            with reel.arriving:
                if reel.path is None:
                    reel.path = reel.stack.enter_context(self._objects.local(sha256))
            yield reel.path
        finally:
            with self._lock:
                reel.users -= 1
                reel.left_s = self._clock()
            alarm = threading.Timer(self._idle_s + 1, self.sweep)
            alarm.daemon = True
            alarm.start()

    def sweep(self) -> None:
        """Lets go of what nobody has used for a while."""
        now_s = self._clock()
        with self._lock:
            idle = [
                name
                for name, reel in self._reels.items()
                if reel.users == 0 and (reel.path is None or now_s - reel.left_s >= self._idle_s)
            ]
            gone = [self._reels.pop(name) for name in idle]
        for reel in gone:
            reel.stack.close()

    def close(self) -> None:
        """Lets go of everything that is not in use."""
        with self._lock:
            free = [name for name, reel in self._reels.items() if reel.users == 0]
            gone = [self._reels.pop(name) for name in free]
        for reel in gone:
            reel.stack.close()
