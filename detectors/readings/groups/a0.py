"""Owns the ``a0`` rule: heat a washer-disinfector's cycle gave. Must not judge steam.

A0 = sum of 10^((T - 80)/10) dt in seconds, from ``from_c`` up, as a left sum: each reading stands
until the next one. A gap adds one interval only, so a sum with gaps is a lower bound: if it
suffices the cycle passed, if not the cycle is reported as not shown to have passed.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.findings import at_once
from detectors.readings.groups.parts.following import Followed
from detectors.readings.groups.parts.period import Period, judged
from detectors.types import Signal

_BASE_C, _STEP_C = 80.0, 10.0  # of the definition of A0
_MARKS_C = (70, 80, 90)  # time above these bounds the sum, by hand


class _Cycle(Period, kw_only=True):
    """A cycle's sum so far."""

    a0: float = 0.0
    peak_c: float = 0.0
    above_ms: list[int] = msgspec.field(default_factory=list)

    def stand(self, entry: Entry, group: Group, lasted_ms: int) -> None:  # noqa: ARG002
        temperature = self.last_value
        self.a0 += 10 ** ((temperature - _BASE_C) / _STEP_C) * lasted_ms / 1000
        self.peak_c = max(self.peak_c, temperature)
        before = self.above_ms or [0] * len(_MARKS_C)
        self.above_ms = [
            ms + lasted_ms * (temperature >= mark)
            for ms, mark in zip(before, _MARKS_C, strict=True)
        ]

    def clear(self) -> None:
        self.a0 = self.peak_c = 0.0
        self.above_ms = []

    def verdict(self, entry: Entry, group: Group, end_ms: int) -> list[Signal]:
        needed = entry.low or 0.0
        if self.a0 >= needed:
            return []
        series = judged(entry, group)
        inputs = {
            "a0_s": self.a0,
            "needed_s": needed,
            "cycle_s": (end_ms - self.start_ms) / 1000,
            "readings": self.readings,
            "peak_c": self.peak_c,
            "interval_s": series.interval_s,
            "missing_s": self.missing_ms / 1000,
            "unknown": float(self.unknown),
        } | {f"above_{mark}_s": ms / 1000 for mark, ms in zip(_MARKS_C, self.above_ms, strict=True)}
        return at_once(
            entry, series, start_ms=self.start_ms, at_ms=end_ms, value=self.a0, inputs=inputs
        )


RULE: GroupRule = Followed(kind="a0", follower=_Cycle, grouping=around)
