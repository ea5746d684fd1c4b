"""Owns the ``disagree`` rule: two probes of one quantity at one place that differ.

Minutes in which both reported are compared (of probes that report more rarely, the latest within an
interval): the absolute difference against ``high``. Of more than two probes each is compared with
the next. Must not say which of the two is wrong, as that is
not known: the signal is about the first and carries both values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.groups.parts.running import Running
from detectors.readings.judged import gap_ms
from detectors.types import Series, Signal

_MINUTE_MS = 60_000.0
_MINUTE_GAP_MS = 180_000.0  # three rows of the minute grain


class _Pair(Follower, kw_only=True):
    """The spell, and the last minute and value of either probe."""

    run: Running = msgspec.field(default_factory=Running)
    minute_ms: int = NEVER_MS
    value: float = 0.0
    other_minute_ms: int = NEVER_MS
    other_value: float = 0.0

    def take(
        self, entry: Entry, group: Group, series: Series, time_ms: int, value: float
    ) -> Sequence[Signal]:
        first, second = group.members
        if series.series_id == first.series_id:
            self.minute_ms, self.value = time_ms, value
        else:
            self.other_minute_ms, self.other_value = time_ms, value
        if time_ms - min(self.minute_ms, self.other_minute_ms) > _apart_ms(first, second):
            return ()
        inputs = {
            "value": self.value,
            "other_value": self.other_value,
            "difference": abs(self.value - self.other_value),
            "series_id": first.series_id,
            "other_series_id": second.series_id,
        }
        gap = max(_MINUTE_GAP_MS, gap_ms(first), gap_ms(second))
        return self.run.feed(entry, first, time_ms, inputs["difference"], gap_ms=gap, inputs=inputs)

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        return self.run.expire(entry, group.members[0])


def _apart_ms(first: Series, second: Series) -> float:
    """How far apart two minutes may be compared: not at all where both report every minute."""
    return max(0.0, max(first.interval_s, second.interval_s) * 1000 - _MINUTE_MS)


def _pairs(entry: Entry, series: Iterable[Series]) -> list[Group]:
    places: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in series:
        if entry.covers(one.site_kind, one.quantity):
            places[one.site_id, one.place, one.quantity].append(one)
    return [
        Group(group_id=f"{a.series_id}/{b.series_id}", members=(a, b))
        for found in places.values()
        for a, b in pairwise(sorted(found, key=lambda one: one.series_id))
    ]


RULE: GroupRule = Followed(kind="disagree", follower=_Pair, grouping=_pairs, grain="minute")
