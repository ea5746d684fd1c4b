"""Owns the ``kept`` rule: a bag that stays in the room too long. Must not judge other quantities.

A reading of ``waste_bag_in`` says that the bag whose number is its value was weighed in, one of
``waste_bag_out`` that it left. Both come from one device at one place. Each bag has its own spell,
which starts at its weigh-in. Bags are few, so this walks them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detectors.catalogue import Catalogue, Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.judged import signal
from detectors.readings.state import Bag
from detectors.types import Phase, Series, Signal

WEIGHED_IN = "waste_bag_in"
WEIGHED_OUT = "waste_bag_out"
_HOUR_MS = 3_600_000

Move = tuple[int, int, bool]  # time_ms, bag number, whether it came in


def limit_ms(entry: Entry) -> int:
    """How long a bag may be kept."""
    return int((entry.high or 0.0) * _HOUR_MS)


def judge(
    entries: tuple[Entry, ...],
    catalogue: Catalogue,
    series: Series,
    bags: dict[int, Bag],
    *,
    moves: Iterable[Move],
    watermark_ms: int,
) -> tuple[dict[int, Bag], list[Signal]]:
    """Applies moves in order of time, then lets the watermark run out the clocks.

    A bag weighed in again while still inside keeps its first time; one that leaves without having
    come in is passed over.
    """
    left, signals = dict(bags), []
    for time_ms, number, came_in in sorted(moves):
        if came_in:
            left.setdefault(number, Bag(in_ms=time_ms))
            continue
        bag = left.pop(number, None)
        if bag is None:
            continue
        bag, opened = _overdue(entries, series, number, bag, time_ms - 1)
        signals += opened
        signals += [
            _signal(entry, series, Phase.CLOSED, number=number, bag=bag, at_ms=time_ms)
            for entry in map(catalogue.by_key, bag.opened)
            if entry is not None
        ]
    for number, bag in left.items():
        left[number], opened = _overdue(entries, series, number, bag, watermark_ms)
        signals += opened
    return left, signals


def due_ms(entries: tuple[Entry, ...], bags: dict[int, Bag]) -> int:
    """The next moment a bag's clock runs out."""
    return min(
        (
            bag.in_ms + limit_ms(entry)
            for bag in bags.values()
            for entry in entries
            if entry.key not in bag.opened and entry.in_force(bag.in_ms + limit_ms(entry))
        ),
        default=FAR_MS,
    )


def _overdue(
    entries: tuple[Entry, ...], series: Series, number: int, bag: Bag, until_ms: int
) -> tuple[Bag, list[Signal]]:
    signals = []
    for entry in entries:
        at_ms = bag.in_ms + limit_ms(entry)
        if at_ms <= until_ms and entry.key not in bag.opened and entry.in_force(at_ms):
            bag = msgspec.structs.replace(bag, opened=(*bag.opened, entry.key))
            signals.append(
                _signal(entry, series, Phase.OPENED, number=number, bag=bag, at_ms=at_ms)
            )
    return bag, signals


def _signal(
    entry: Entry, series: Series, phase: Phase, *, number: int, bag: Bag, at_ms: int
) -> Signal:
    kept_h = (at_ms - bag.in_ms) / _HOUR_MS
    inputs = {"bag_number": float(number), "weighed_in_ms": float(bag.in_ms), "kept_h": kept_h}
    return signal(
        entry, series, phase, start_ms=bag.in_ms, at_ms=at_ms, value=kept_h, inputs=inputs
    )
