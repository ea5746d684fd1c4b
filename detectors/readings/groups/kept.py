"""Owns the ``kept`` rule: a bag that stays in the room too long. Must not judge other quantities.

A reading of ``waste_bag_in`` says that the bag whose number is its value was weighed in, one of
``waste_bag_out`` that it left. Both come from one device at one place. Each bag has its own spell,
which starts at its weigh-in. A bag weighed in again while still inside keeps its first time; one
that leaves without having come in is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from detectors.catalogue import Entry
from detectors.catalogue.entry import ANY, FAR_MS
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.readings.judged import signal
from detectors.types import Phase, Series, Signal

WEIGHED_IN = "waste_bag_in"
WEIGHED_OUT = "waste_bag_out"
_HOUR_MS = 3_600_000


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """A bag in the room: when and by which series it was weighed in, whether its spell is open."""

    in_ms: int
    series_id: int
    opened: bool = False


class _Kept(Follower, kw_only=True):
    """The bags in the room by number."""

    bags: dict[int, Bag] = msgspec.field(default_factory=dict)

    def take(
        self, entry: Entry, group: Group, series: Series, time_ms: int, value: float
    ) -> Sequence[Signal]:
        number = int(value)
        if series.quantity == WEIGHED_IN:
            self.bags.setdefault(number, Bag(in_ms=time_ms, series_id=series.series_id))
            return ()
        bag = self.bags.pop(number, None)
        if bag is None or not bag.opened:
            return ()
        return (_signal(entry, group, Phase.CLOSED, bag=(number, bag), at_ms=time_ms),)

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:
        due = sorted(
            (at_ms, number)
            for number, bag in self.bags.items()
            if not bag.opened and (at_ms := _due_ms(entry, bag)) < min(before_ms, entry.to_ms)
        )
        found = []
        for at_ms, number in due:
            bag = msgspec.structs.replace(self.bags[number], opened=True)
            self.bags[number] = bag
            found.append(_signal(entry, group, Phase.OPENED, bag=(number, bag), at_ms=at_ms))
        return found

    def expire(self, entry: Entry, group: Group) -> Sequence[Signal]:
        return [
            _signal(
                entry, group, Phase.CLOSED, bag=(number, bag), at_ms=entry.to_ms, out_of_force=1.0
            )
            for number, bag in self.bags.items()
            if bag.opened
        ]

    def due_ms(self, entry: Entry, group: Group) -> int:  # noqa: ARG002
        waiting = (_due_ms(entry, bag) for bag in self.bags.values() if not bag.opened)
        return min(waiting, default=FAR_MS)


def _due_ms(entry: Entry, bag: Bag) -> int:
    """When the bag's time is up; one that was up already when the entry came into force, then."""
    return max(bag.in_ms + int((entry.high or 0.0) * _HOUR_MS), entry.from_ms)


def _signal(
    entry: Entry, group: Group, phase: Phase, *, bag: tuple[int, Bag], at_ms: int, **more: float
) -> Signal:
    number, it = bag
    (series,) = (one for one in group.members if one.series_id == it.series_id)
    kept_h = (at_ms - it.in_ms) / _HOUR_MS
    inputs = {"bag_number": number, "weighed_in_ms": it.in_ms, "kept_h": kept_h, **more}
    return signal(entry, series, phase, start_ms=it.in_ms, at_ms=at_ms, value=kept_h, inputs=inputs)


def _rooms(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """The two series of one device at one place; a room where nothing is weighed in has none."""
    found: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in series:
        if one.quantity in (WEIGHED_IN, WEIGHED_OUT) and (
            ANY in entry.site_kinds or one.site_kind in entry.site_kinds
        ):
            found[one.site_id, one.place, one.device_id].append(one)
    return [
        Group(
            group_id="/".join(room),
            members=tuple(sorted(members, key=lambda m: (m.quantity, m.series_id))),
        )
        for room, members in found.items()
        if any(one.quantity == WEIGHED_IN for one in members)
    ]


RULE: GroupRule = Followed(kind="kept", follower=_Kept, grouping=_rooms)
