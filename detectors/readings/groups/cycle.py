"""Owns the ``cycle`` rule: whether a steam steriliser's cycle held. Must not judge washers.

A class (gravity 121 °C, prevacuum 132 and 134 °C) is a temperature, a pressure band and a time. The
cycle passed when some class was held long enough: temperature from the class's up to ``band_c``
above and pressure in its band, unbroken, each reading standing until the next. Otherwise it is
found against the highest class whose temperature it reached for ``plateau_min_s``. What a gap or a
missing pressure hides makes the finding ``unknown`` instead of ``failed``.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.readings.group import NEVER_MS, Group, GroupRule
from detectors.readings.groups.parts.around import around
from detectors.readings.groups.parts.findings import at_once
from detectors.readings.groups.parts.following import Followed
from detectors.readings.groups.parts.period import Period, judged
from detectors.readings.judged import gap_ms
from detectors.types import Series, Signal

CLASSES = ("c121", "c132", "c134")
_FAR = 1e9


class _Held(msgspec.Struct, kw_only=True):
    """One class's account of a cycle; readings counted are those at or above its temperature.

    Attributes:
        since_ms: since when everything is in its bands; ``NEVER_MS`` when it is not.
        best_ms: the longest such time.
        reached_ms: all time at or above the class's temperature.
        hot, pressure_low, pressure_high, pressure_unknown: readings that broke a band.
    """

    since_ms: int = NEVER_MS
    best_ms: int = 0
    reached_ms: int = 0
    readings: int = 0
    hot: int = 0
    pressure_low: int = 0
    pressure_high: int = 0
    pressure_unknown: int = 0
    highest_c: float = -_FAR
    lowest_kpa: float = _FAR
    highest_kpa: float = -_FAR


class _Cycle(Period, kw_only=True):
    """A cycle so far, by class, and the pressure last heard and beside the last temperature."""

    held: dict[str, _Held] = msgspec.field(default_factory=dict)
    peak_c: float = -_FAR
    kpa: float = 0.0
    kpa_until_ms: int = NEVER_MS
    last_kpa: float | None = None

    def companion(self, series: Series, time_ms: int, value: float) -> None:
        self.kpa, self.kpa_until_ms = value, time_ms + int(gap_ms(series))

    def heard(self) -> None:
        self.last_kpa = self.kpa if self.last_ms <= self.kpa_until_ms else None

    def stand(self, entry: Entry, group: Group, lasted_ms: int) -> None:
        self.peak_c = max(self.peak_c, self.last_value)
        for name in CLASSES:
            held = self.held.setdefault(name, _Held())
            from_c = entry.parameters[f"{name}_from_c"]
            if self.last_value < from_c:
                held.since_ms = NEVER_MS
                continue
            held.reached_ms += lasted_ms
            held.readings += 1
            held.highest_c = max(held.highest_c, self.last_value)
            hot = self.last_value > from_c + entry.parameters["band_c"]
            held.hot += hot
            if self._pressed(entry, group, name) and not hot:
                if held.since_ms == NEVER_MS:
                    held.since_ms = self.last_ms
                held.best_ms = max(held.best_ms, self.last_ms + lasted_ms - held.since_ms)
            else:
                held.since_ms = NEVER_MS

    def _pressed(self, entry: Entry, group: Group, name: str) -> bool:
        """Counts the pressure beside the last temperature; whether it is in the class's band.

        Where no pressure is registered, temperature alone is judged.
        """
        if not _has_pressure(entry, group):
            return True
        held, kpa = self.held[name], self.last_kpa
        if kpa is None:
            held.pressure_unknown += 1
            return False
        low = kpa < entry.parameters[f"{name}_low_kpa"]
        high = kpa > entry.parameters[f"{name}_high_kpa"]
        held.pressure_low += low
        held.pressure_high += high
        held.lowest_kpa, held.highest_kpa = min(held.lowest_kpa, kpa), max(held.highest_kpa, kpa)
        return not (low or high)

    def broken(self) -> None:
        for held in self.held.values():
            held.since_ms = NEVER_MS

    def clear(self) -> None:
        self.held, self.peak_c = {}, -_FAR

    def verdict(self, entry: Entry, group: Group, end_ms: int) -> list[Signal]:
        series = judged(entry, group)
        # a change between two readings is up to one interval from where it is seen
        slack_s = series.interval_s
        if any(
            held.best_ms / 1000 + slack_s >= entry.parameters[f"{name}_hold_s"]
            for name, held in self.held.items()
            if held.best_ms
        ):
            return []
        name = self._class(entry)
        held, needed_s = self.held[name], entry.parameters[f"{name}_hold_s"]
        unknown = self.unknown or held.pressure_unknown > 0
        inputs = {
            "class_c": entry.parameters[f"{name}_from_c"],
            "band_c": entry.parameters["band_c"],
            "needed_s": needed_s,
            "held_s": held.best_ms / 1000,
            "reached_s": held.reached_ms / 1000,
            "peak_c": self.peak_c,
            "plateau_readings": held.readings,
            "too_hot_readings": held.hot,
            "pressure_registered": float(_has_pressure(entry, group)),
            "pressure_low_readings": held.pressure_low,
            "pressure_high_readings": held.pressure_high,
            "pressure_unknown_readings": held.pressure_unknown,
            "class_low_kpa": entry.parameters[f"{name}_low_kpa"],
            "class_high_kpa": entry.parameters[f"{name}_high_kpa"],
            "cycle_s": (end_ms - self.start_ms) / 1000,
            "interval_s": series.interval_s,
            "missing_s": self.missing_ms / 1000,
            "failed": float(not unknown),
            "unknown": float(unknown),
        }
        if held.highest_kpa > -_FAR:
            inputs |= {"lowest_kpa": held.lowest_kpa, "highest_kpa": held.highest_kpa}
        return at_once(
            entry,
            series,
            start_ms=self.start_ms,
            at_ms=end_ms,
            value=held.best_ms / 1000,
            inputs=inputs,
            bounds=(needed_s, None),
        )

    def _class(self, entry: Entry) -> str:
        """The highest class reached for a plateau, else the lowest."""
        plateau_ms = entry.parameters["plateau_min_s"] * 1000
        reached = [name for name in CLASSES if self.held[name].reached_ms >= plateau_ms]
        return reached[-1] if reached else CLASSES[0]


def _has_pressure(entry: Entry, group: Group) -> bool:
    return any(series.quantity != entry.quantity for series in group.members)


RULE: GroupRule = Followed(kind="cycle", follower=_Cycle, grouping=around)
