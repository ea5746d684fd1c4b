"""Owns how fast pictures come, and so whether to wait for the next. Pure but for its memory."""

from __future__ import annotations

WEIGHT = 0.2  # of the newest gap in the mean
IDLE_S = 1.0  # after such a gap nothing is known: what comes next may be one or a burst


class Arrivals:
    """The mean gap between pictures, newer ones weighing more. Noted by one thread at a time."""

    def __init__(self) -> None:
        self._gap_s = float("inf")
        self._last_s = float("-inf")

    def note(self, now_s: float) -> None:
        """A picture came."""
        gap_s, self._last_s = now_s - self._last_s, now_s
        if gap_s >= IDLE_S:
            self._gap_s = float("inf")
        elif self._gap_s == float("inf"):
            self._gap_s = gap_s
        else:
            self._gap_s += WEIGHT * (gap_s - self._gap_s)

    def worth_waiting_s(self, wanted: int, *, left_s: float, now_s: float) -> float:
        """How long to wait for ``wanted`` more pictures: 0 when not even one is to be expected.

        Args:
            left_s: most that may be waited.
        """
        gap_s = max(self._gap_s, now_s - self._last_s)  # a stream that stopped has no short gaps
        if gap_s > left_s:
            return 0.0
        return min(left_s, wanted * gap_s)
