"""Owns a spell over a run of judged moments: how long bad before it opens, good before it closes.

The same rules as the ``limit`` rule's, one moment at a time. Must not know what is judged.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS
from detectors.readings.groups.parts.findings import beyond
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal


class Running(msgspec.Struct, kw_only=True):
    """Where a spell stands.

    Attributes:
        last_ms: the last judged moment.
        bad_ms, bad_n: first moment of the running bad run and its length.
        good_ms: first moment of the running good run.
        start_ms: of the open spell.
        worst: the value farthest outside of the run or the spell.
    """

    last_ms: int = NEVER_MS
    bad_ms: int = NEVER_MS
    bad_n: int = 0
    good_ms: int = NEVER_MS
    start_ms: int = NEVER_MS
    worst: float = 0.0

    def interrupt(self) -> None:
        """What follows is not known to go on from what was before; an open spell stays open."""
        self.bad_ms = self.good_ms = NEVER_MS
        self.bad_n = 0

    def feed(
        self,
        entry: Entry,
        series: Series,
        time_ms: int,
        value: float,
        *,
        gap_ms: float,
        inputs: dict[str, float],
    ) -> list[Signal]:
        """Judges one moment; ``inputs`` go into the signal beside the run's own figures."""
        if time_ms - self.last_ms > gap_ms:
            self.interrupt()
        self.last_ms = time_ms
        outside = beyond(entry, value)
        if outside > 0:
            return self._bad(entry, series, time_ms, value, inputs)
        self.bad_ms, self.bad_n = NEVER_MS, 0
        if self.start_ms == NEVER_MS:
            return []
        return self._good(entry, series, time_ms, outside=outside, inputs=inputs)

    def _bad(
        self, entry: Entry, series: Series, time_ms: int, value: float, inputs: dict[str, float]
    ) -> list[Signal]:
        fresh = self.bad_ms == NEVER_MS
        if fresh:
            self.bad_ms = time_ms
        if (fresh and self.start_ms == NEVER_MS) or beyond(entry, value) > beyond(
            entry, self.worst
        ):
            self.worst = value
        self.bad_n += 1
        self.good_ms = NEVER_MS
        lasted_ms = time_ms - self.bad_ms
        if (
            self.start_ms != NEVER_MS
            or lasted_ms < entry.lasts_s * 1000
            or self.bad_n < entry.parameters["readings_min"]
            or not entry.in_force(time_ms)
        ):
            return []
        self.start_ms = self.bad_ms
        run = {"bad_readings": self.bad_n, "bad_for_s": lasted_ms / 1000, "worst": self.worst}
        return [
            self._signal(
                entry, series, Phase.OPENED, at_ms=time_ms, value=value, inputs=inputs | run
            )
        ]

    def _good(
        self,
        entry: Entry,
        series: Series,
        time_ms: int,
        *,
        outside: float,
        inputs: dict[str, float],
    ) -> list[Signal]:
        if outside > -entry.hysteresis:
            self.good_ms = NEVER_MS
            return []
        if self.good_ms == NEVER_MS:
            self.good_ms = time_ms
        lasted_ms = time_ms - self.good_ms
        if lasted_ms < entry.clears_s * 1000:
            return []
        run = {"good_for_s": lasted_ms / 1000, "worst": self.worst}
        found = self._signal(
            entry, series, Phase.CLOSED, at_ms=time_ms, value=self.worst, inputs=inputs | run
        )
        self.start_ms = NEVER_MS
        self.interrupt()
        return [found]

    def expire(self, entry: Entry, series: Series) -> list[Signal]:
        """Ends an open spell when its entry goes out of force."""
        if self.start_ms == NEVER_MS:
            return []
        inputs = {"worst": self.worst, "out_of_force": 1.0}
        return [
            self._signal(
                entry, series, Phase.CLOSED, at_ms=entry.to_ms, value=self.worst, inputs=inputs
            )
        ]

    def _signal(
        self,
        entry: Entry,
        series: Series,
        phase: Phase,
        *,
        at_ms: int,
        value: float,
        inputs: dict[str, float],
    ) -> Signal:
        fixed = {
            "lasts_s": entry.lasts_s,
            "clears_s": entry.clears_s,
            "hysteresis": entry.hysteresis,
        }
        return signal(
            entry,
            series,
            phase,
            start_ms=self.start_ms,
            at_ms=at_ms,
            value=value,
            inputs=inputs | fixed,
        )
