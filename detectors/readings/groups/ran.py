"""Owns the ``ran`` rule: a lamp that burnt too shortly. Must not judge how strongly.

A spell is one time on. Over a gap only one interval counts as on, so what is counted is a lower
bound; where a gap might hold the rest, the time on is reported as not shown to have sufficed.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.findings import at_once
from detectors.readings.groups.parts.following import Followed
from detectors.readings.groups.parts.period import Period, judged
from detectors.types import Signal


class _TimeOn(Period, kw_only=True):
    """How long it is known to have been on."""

    on_ms: int = 0

    def stand(self, entry: Entry, group: Group, lasted_ms: int) -> None:  # noqa: ARG002
        self.on_ms += lasted_ms

    def clear(self) -> None:
        self.on_ms = 0

    def verdict(self, entry: Entry, group: Group, end_ms: int) -> list[Signal]:
        series = judged(entry, group)
        on_s, needed_s = self.on_ms / 1000, entry.low or 0.0
        # a change between two readings is up to one interval from where it is seen
        if on_s + series.interval_s >= needed_s:
            return []
        inputs = {
            "on_s": on_s,
            "needed_s": needed_s,
            "interval_s": series.interval_s,
            "readings": self.readings,
            "missing_s": self.missing_ms / 1000,
            "unknown": float(self.unknown),
        }
        return at_once(
            entry, series, start_ms=self.start_ms, at_ms=end_ms, value=on_s, inputs=inputs
        )


RULE: GroupRule = Followed(kind="ran", follower=_TimeOn, grouping=around)
