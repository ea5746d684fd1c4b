"""How long to wait before trying again."""

from __future__ import annotations

import random


class Backoff:
    """Waits between attempts: doubling from the first to the longest, each shortened by up to half
    by chance.
    """

    def __init__(self, *, first_s: float = 1.0, longest_s: float = 60.0) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._tries = 0

    def reset(self) -> None:
        """An attempt succeeded."""
        self._tries = 0

    def next_s(self) -> float:
        """How long to wait before the next attempt."""
        longest = min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, keeps no secret
