"""Owns which companions a judged series has. Must not judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from detectors.catalogue import Entry
from detectors.catalogue.kinds import KINDS
from detectors.readings.group import Group
from detectors.types import Series


def around(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """Each judged series with its companions: those of its device, else those of its place.

    A series beside which none of a companion quantity is registered stands in its group alone.
    """
    judged: list[Series] = []
    companions: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in series:
        if not (entry.covers(one.site_kind, one.quantity) and comparable(entry, one)):
            continue
        if one.quantity == entry.quantity:
            judged.append(one)
        else:
            companions[one.site_id, one.place, one.quantity].append(one)
    return [
        Group(
            group_id=str(one.series_id),
            members=tuple(
                sorted(
                    [one, *_beside(entry, one, companions)], key=lambda m: (m.quantity, m.series_id)
                )
            ),
        )
        for one in judged
    ]


def around_known(entry: Entry, series: Iterable[Series]) -> list[Group]:
    """As ``around``, without series that lack a companion quantity."""
    needed = {entry.quantity, *entry.quantities}
    return [g for g in around(entry, series) if {m.quantity for m in g.members} >= needed]


def comparable(entry: Entry, one: Series) -> bool:
    """Whether the bounds are in the unit of a judged series; companions need none."""
    own = one.quantity == entry.quantity and KINDS[entry.kind].measures
    return not own or one.unit == entry.unit


def _beside(
    entry: Entry, one: Series, companions: dict[tuple[str, str, str], list[Series]]
) -> list[Series]:
    found = []
    for quantity in entry.quantities:
        there = companions.get((one.site_id, one.place, quantity), [])
        same_device = [other for other in there if other.device_id == one.device_id]
        found += same_device or there
    return found
