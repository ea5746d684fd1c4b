"""Owns walking a group's rows one by one with a small state. Must not know any rule.

Such groups are few and slow, so a step of Python a row is affordable; what it buys is that every
decision depends on rows and moments alone, never on how they were cut into calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import Grain, Group, Judged
from detectors.types import Flag, Readings, Series, Signal


class Follower(msgspec.Struct, kw_only=True):
    """What a rule remembers of one group, and how it goes on. Lives for one call, then is bytes.

    A follower that equals a fresh one is stored as nothing.
    """

    def thin(self, entry: Entry, group: Group, rows: Readings) -> Readings:  # noqa: ARG002
        """Drops normal rows that cannot change what follows; all are kept unless overridden."""
        return rows

    def take(
        self, entry: Entry, group: Group, series: Series, time_ms: int, value: float
    ) -> Sequence[Signal]:
        """Goes one normal row on; of one moment, rows of the judged quantity come last."""
        raise NotImplementedError

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:  # noqa: ARG002
        """Decides what time alone decides, every row before ``before_ms`` having been taken."""
        return ()

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:  # noqa: ARG002
        """Closes what is open at ``entry.to_ms``."""
        return ()

    def due_ms(self, entry: Entry, group: Group) -> int:  # noqa: ARG002
        """The moment at which ``lapse`` has something to decide."""
        return FAR_MS


@dataclass(slots=True, kw_only=True)
class Followed:
    """A ``GroupRule`` made of a follower."""

    kind: str
    follower: type[Follower]
    grouping: Callable[[Entry, Iterable[Series]], list[Group]]
    grain: Grain = "raw"

    def groups(self, entry: Entry, series: Iterable[Series]) -> list[Group]:
        """Which of all registered series the entry judges together."""
        return self.grouping(entry, series)

    def judge(
        self, entry: Entry, group: Group, state: bytes, rows: Readings, *, watermark_ms: int
    ) -> Judged:
        """See ``GroupRule.judge``."""
        fresh = self.follower()
        at = msgspec.msgpack.decode(state, type=self.follower) if state else self.follower()
        signals: list[Signal] = []
        normal = rows.where((rows.flag == Flag.NORMAL) & (rows.time_ms < entry.to_ms))
        for series, time_ms, value in _walked(entry, group, at.thin(entry, group, normal)):
            signals += at.lapse(entry, group, time_ms)
            signals += at.take(entry, group, series, time_ms, value)
        signals += at.lapse(entry, group, min(watermark_ms + 1, entry.to_ms))
        if watermark_ms >= entry.to_ms:
            signals += at.expire(entry, group)
            at = fresh
        if at == fresh:
            return Judged(signals=tuple(signals))
        return Judged(
            state=msgspec.msgpack.encode(at),
            signals=tuple(signals),
            due_ms=min(at.due_ms(entry, group), entry.to_ms),
        )


def _walked(entry: Entry, group: Group, rows: Readings) -> Iterator[tuple[Series, int, float]]:
    """Rows by time; of one moment companions first, so that they are known when it is judged."""
    members = {series.series_id: series for series in group.members}
    judged = [i for i, series in members.items() if series.quantity == entry.quantity]
    order = np.lexsort((np.isin(rows.series, judged), rows.time_ms))
    columns = (rows.series, rows.time_ms, rows.value)
    for series_id, time_ms, value in zip(*(c[order].tolist() for c in columns), strict=True):
        yield members[series_id], time_ms, value
