"""Owns the ``balance`` rule: opening + in - out must be the stock. Must not judge single bags.

The last stock reading of a local day closes it and opens the next. What was weighed in and out is
summed between the two readings, so a delivery after the evening's stock counts for the next day; a
day without a stock reading runs on into the next. Judged when the day is over.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups.parts.around import around_known
from detectors.readings.groups.parts.days import DAY_MS, day_start_ms
from detectors.readings.groups.parts.findings import at_once
from detectors.readings.groups.parts.following import Followed, Follower
from detectors.types import Series, Signal

WEIGHED_IN = "waste_weight_in"


class _Stock(msgspec.Struct, frozen=True, kw_only=True):
    """A stock reading."""

    time_ms: int
    kg: float


class _Balance(Follower, kw_only=True):
    """The running account: sums up to the day's last stock reading, and since."""

    opening: _Stock | None = None
    closing: _Stock | None = None
    in_kg: float = 0.0
    out_kg: float = 0.0
    later_in_kg: float = 0.0
    later_out_kg: float = 0.0

    def take(
        self,
        entry: Entry,
        group: Group,  # noqa: ARG002
        series: Series,
        time_ms: int,
        value: float,
    ) -> Sequence[Signal]:
        if series.quantity == entry.quantity:
            self.closing = _Stock(time_ms=time_ms, kg=value)
            self.in_kg, self.later_in_kg = self.in_kg + self.later_in_kg, 0.0
            self.out_kg, self.later_out_kg = self.out_kg + self.later_out_kg, 0.0
        elif series.quantity == WEIGHED_IN:
            self.later_in_kg += value
        else:
            self.later_out_kg += value
        return ()

    def lapse(self, entry: Entry, group: Group, before_ms: int) -> Sequence[Signal]:
        (series,) = group.of(entry.quantity)
        if self.closing is None:
            return ()
        over_ms = day_start_ms(series, self.closing.time_ms) + DAY_MS
        if before_ms < over_ms:
            return ()
        found = self._judge(entry, series, over_ms) if self.opening else ()
        self.opening, self.closing = self.closing, None
        self.in_kg = self.out_kg = 0.0
        return found

    def due_ms(self, entry: Entry, group: Group) -> int:
        if self.closing is None:
            return FAR_MS
        (series,) = group.of(entry.quantity)
        return day_start_ms(series, self.closing.time_ms) + DAY_MS

    def _judge(self, entry: Entry, series: Series, over_ms: int) -> Sequence[Signal]:
        opening, closing = self.opening, self.closing
        if opening is None or closing is None or not entry.in_force(over_ms - 1):
            return ()
        handled_kg = opening.kg + self.in_kg
        expected_kg = handled_kg - self.out_kg
        tolerance_kg = max(
            entry.parameters["tolerance_kg"], entry.parameters["tolerance_share"] * handled_kg
        )
        apart_kg = closing.kg - expected_kg
        if abs(apart_kg) <= tolerance_kg:
            return ()
        inputs = {
            "opening_kg": opening.kg,
            "opening_ms": opening.time_ms,
            "in_kg": self.in_kg,
            "out_kg": self.out_kg,
            "expected_kg": expected_kg,
            "stock_kg": closing.kg,
            "stock_ms": closing.time_ms,
            "apart_kg": apart_kg,
            "tolerance_kg": tolerance_kg,
        }
        return at_once(
            entry,
            series,
            start_ms=opening.time_ms,
            at_ms=over_ms,
            value=apart_kg,
            inputs=inputs,
            bounds=(-tolerance_kg, tolerance_kg),
        )


RULE: GroupRule = Followed(kind="balance", follower=_Balance, grouping=around_known)
