"""Owns how often a sign-in may fail. Kept in memory: each process counts for itself."""

from __future__ import annotations

from collections import deque

OFFICER_LIMIT = 5  # of one name from one address
ADDRESS_LIMIT = 25  # of one address: a whole office may share it
WINDOW_MS = 5 * 60_000
_MOST_KEYS = 10_000


class Attempts:
    """Failed sign-ins by key (a name from an address, an address) within a sliding window."""

    def __init__(self, window_ms: int = WINDOW_MS) -> None:
        self._window_ms = window_ms
        self._failed: dict[str, deque[int]] = {}

    def wait_ms(self, key: str, now_ms: int, *, limit: int) -> int:
        """How long this key must wait; 0 when it has failed fewer than ``limit`` times."""
        failed = self._recent(key, now_ms)
        return 0 if len(failed) < limit else failed[-limit] + self._window_ms - now_ms

    def fail(self, key: str, now_ms: int) -> None:
        """Counts a failure."""
        failed = self._recent(key, now_ms)
        failed.append(now_ms)
        self._failed[key] = failed
        while len(self._failed) > _MOST_KEYS:
            self._failed.pop(next(iter(self._failed)))

    def clear(self, key: str) -> None:
        """Forgets a key after it got in."""
        self._failed.pop(key, None)

    def _recent(self, key: str, now_ms: int) -> deque[int]:
        failed = self._failed.get(key) or deque()
        while failed and failed[0] <= now_ms - self._window_ms:
            failed.popleft()
        return failed
