"""Owns the shape of a rule that judges several series together, or one at its own pace.

The engine hands such a rule what the watermark has released, in order of time; how it was cut into
calls must not matter. Must not know any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.types import Readings, Series, Signal

Grain = Literal["raw", "minute"]
NEVER_MS = -FAR_MS


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Series that one entry judges together. Never empty.

    Attributes:
        group_id: stable, unique for the entry: part of the stored state's key.
        members: ordered by quantity and series id.
    """

    group_id: str
    members: tuple[Series, ...]

    def of(self, quantity: str) -> tuple[Series, ...]:
        """The members that measure this quantity."""
        return tuple(series for series in self.members if series.quantity == quantity)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """What one call came to.

    Attributes:
        state: all that the rule must remember of the group; empty for nothing.
        signals: in order of event time.
        due_ms: call again once the watermark is here, even without rows.
    """

    state: bytes = b""
    signals: tuple[Signal, ...] = ()
    due_ms: int = FAR_MS


class GroupRule(Protocol):
    """A rule over groups; pure, no clock, no I/O.

    Attributes:
        kind: of the entries it judges (a key of ``catalogue.kinds.KINDS``).
        grain: ``raw`` gets every reading of any flag; ``minute`` gets one row a minute and series:
            the mean of its normal readings, at the minute's start, once the minute is over.
    """

    kind: str
    grain: Grain

    def groups(self, entry: Entry, series: Iterable[Series]) -> list[Group]:
        """Which of all registered series the entry judges together."""
        ...

    def judge(
        self, entry: Entry, group: Group, state: bytes, rows: Readings, *, watermark_ms: int
    ) -> Judged:
        """Judges the next rows of a group.

        Args:
            state: what the last call returned; empty at first.
            rows: sorted by (time, series), each later than all rows of earlier calls; may be empty.
            watermark_ms: no row at or before this will follow. Never beyond ``entry.to_ms``: at
                that moment the entry goes out of force, and what is open must be closed.
        """
        ...


def by_series(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """Each series that the entry covers, on its own."""
    return [
        Group(group_id=str(one.series_id), members=(one,))
        for one in series
        if entry.covers(one.site_kind, one.quantity)
    ]


def by_place(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """Series of one place of a site, where its judged quantity is measured."""
    return _gathered(entry, series, lambda one: f"{one.site_id}/{one.place}")


def by_site(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """Series of a whole site, where its judged quantity is measured."""
    return _gathered(entry, series, lambda one: one.site_id)


def _gathered(
    entry: Entry, series: Iterable[Series], where: Callable[[Series], str]
) -> list[Group]:
    found: dict[str, list[Series]] = {}
    for one in series:
        if entry.covers(one.site_kind, one.quantity):
            found.setdefault(where(one), []).append(one)
    return [
        Group(
            group_id=name,
            members=tuple(sorted(members, key=lambda one: (one.quantity, one.series_id))),
        )
        for name, members in found.items()
        if not entry.quantity or any(one.quantity == entry.quantity for one in members)
    ]
