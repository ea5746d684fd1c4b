"""Owns the ``daily_mean`` rule: the mean of a local day outside its limits. Must not judge samples.

The mean is over all normal readings of the day. A day counts when readings fall into at least
``blocks_min`` of its blocks of ``block_s`` (sewage is sampled every four hours, at least thrice a
day): a mean over one hour is not the day's. A day with fewer is unknown and not judged.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.days import DAY_MS, day_start_ms
from detectors.readings.groups.parts.findings import at_once, beyond
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.types import Series, Signal


class _Day(Follower, kw_only=True):
    """The day so far; ``blocks`` are the numbers of those in which something was read."""

    start_ms: int = NEVER_MS
    count: int = 0
    total: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0
    blocks: list[int] = msgspec.field(default_factory=list)

    def take(
        self,
        entry: Entry,
        group: Group,  # noqa: ARG002
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        if self.start_ms == NEVER_MS:
            self.start_ms = day_start_ms(series, time_ms)
            self.lowest = self.highest = value
        self.count += 1
        self.total += value
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)
        block = int((time_ms - self.start_ms) // (entry.parameters["block_s"] * 1000))
        if block not in self.blocks[-1:]:
            self.blocks.append(block)
        return ()

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:
        over_ms = self.start_ms + DAY_MS
        if self.start_ms == NEVER_MS or before_ms < over_ms:
            return ()
        found = self._judge(entry, group, over_ms)
        self.start_ms, self.count, self.total = NEVER_MS, 0, 0.0
        self.lowest = self.highest = 0.0
        self.blocks = []
        return found

    def due_ms(self, entry: Entry, group: Group) -> int:  # noqa: ARG002
        return FAR_MS if self.start_ms == NEVER_MS else self.start_ms + DAY_MS

    def _judge(self, entry: Entry, group: Group, over_ms: int) -> Sequence[Signal]:
        mean = self.total / self.count
        enough = len(self.blocks) >= entry.parameters["blocks_min"]
        if not enough or beyond(entry, mean) <= 0 or not entry.in_force(over_ms - 1):
            return ()
        (series,) = group.members
        inputs = {
            "mean": mean,
            "readings": self.count,
            "total": self.total,
            "lowest": self.lowest,
            "highest": self.highest,
            "blocks": len(self.blocks),
            "blocks_min": entry.parameters["blocks_min"],
            "block_s": entry.parameters["block_s"],
        }
        return at_once(
            entry, series, start_ms=self.start_ms, at_ms=over_ms, value=mean, inputs=inputs
        )


RULE: GroupRule = Followed(kind="daily_mean", follower=_Day, grouping=around)
