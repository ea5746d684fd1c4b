"""Owns which rules hold for which series, as columns over all registered series at once.

A plan holds from one moment to the next at which an entry comes into or goes out of force. Bounds
are the tightest of all entries that hold: what lies within them is good by every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Catalogue, Entry
from detectors.catalogue.entry import FAR_MS
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups import GROUP_RULES
from detectors.readings.judged import gap_ms, longest_ms
from detectors.readings.rollup import HOUR_MS, MINUTE_MS
from detectors.types import OpeningHours, Series

ROUNDING = 1e-9  # two steps of a probe may differ by this much more in binary
_WEEK = 10_080
_OWN_KINDS = frozenset({"limit", "silence", "stuck", "jump", "impossible"})
_RULES = {rule.kind: rule for rule in GROUP_RULES}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouped:
    """A rule over a group, with the slots of its members."""

    number: int
    key: str
    entry: Entry
    group: Group
    rule: GroupRule
    slots: tuple[int, ...]


class Plan:
    """What holds for every series between ``from_ms`` and ``until_ms``. Slots number the series.

    Attributes:
        series: by series id, as given.
        series_ids: int32 ``(n,)``, ascending: slot to series id.
        low, high: the tightest limits, in the series' unit; infinite where there are none.
        sum_low, sum_high: mandatory limits, for the share of readings within them; NaN for none.
        jump: the least forbidden step between neighbours.
        longest: the shortest silence that counts, ms; ``FAR_MS`` where none does.
        until: when each series' device leaves its place.
        gap: longest time between readings of an unbroken run, ms.
        window: the longest averaging window, ms.
        stuck_allowed, stuck_lasts: of the one stuck entry; ``stuck_key`` is empty without one.
        wrong_unit: slots whose limits are in another unit, with the reason: not judged.
        wait_ms: how long a minute that is over may wait to be summed up: not at all where others'
            minutes are judged with it, and less than a group waits where it is judged alone.
        odd: must be judged one by one: several stuck entries, values that may be impossible.
    """

    def __init__(self, series: Mapping[int, Series], catalogue: Catalogue, at_ms: int) -> None:
        self.series, self.catalogue = series, catalogue
        moments = {edge for entry in catalogue.entries for edge in (entry.from_ms, entry.to_ms)}
        self._edges = sorted(moments - {FAR_MS})
        self.from_ms = max((edge for edge in self._edges if edge <= at_ms), default=-FAR_MS)
        self.until_ms = min((edge for edge in self._edges if edge > at_ms), default=FAR_MS)
        self.series_ids = np.array(sorted(series), np.int32)
        self.all = [series[sid] for sid in self.series_ids.tolist()]
        size = len(self.all)
        self.low, self.high = np.full(size, -np.inf), np.full(size, np.inf)
        self.sum_low, self.sum_high = np.full(size, np.nan), np.full(size, np.nan)
        self.jump = np.full(size, np.inf)
        self.longest = np.full(size, FAR_MS, np.int64)
        self.until = np.array([one.until_ms for one in self.all], np.int64)
        self.gap = np.zeros(size)
        self.window = np.zeros(size, np.int64)
        self.stuck_allowed, self.stuck_lasts = np.zeros(size), np.full(size, np.inf)
        self.stuck_open = np.zeros(size, np.bool_)
        self.stuck_key: list[str] = [""] * size
        self.odd = np.zeros(size, np.bool_)
        self.rules: list[tuple[Entry, ...]] = []
        self._known: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self.wrong_unit: dict[int, str] = {}
        self._table, self._hours = _hours(self.all)
        self._number = np.full(int(self.series_ids[-1]) + 1 if size else 0, -1, np.int32)
        self._number[self.series_ids] = np.arange(size)
        for slot in range(size):
            self._fill(slot)
        self.numbered = list(self._grouped())
        self.groups = {one.key: one for one in self.numbered}
        self.groups_of: dict[int, list[Grouped]] = {}
        self.wait_ms = np.full(size, HOUR_MS, np.int64)
        self._of_device: dict[str, list[int]] = {}
        for slot, each in enumerate(self.all):
            self._of_device.setdefault(each.device_id, []).append(slot)
        self._groups_of_device: dict[str, list[str]] = {}
        for one in self.groups.values():
            if owner := self.owner_of(one.key):
                self._groups_of_device.setdefault(owner, []).append(one.key)
            for slot in one.slots:
                self.groups_of.setdefault(slot, []).append(one)
                if one.rule.grain == "minute":
                    wait_ms = 0 if len(one.slots) > 1 else MINUTE_MS
                    self.wait_ms[slot] = min(self.wait_ms[slot], wait_ms)

    def __len__(self) -> int:
        return len(self.all)

    def slots_of_device(self, device_id: str) -> list[int]:
        """The slots of all series of a device."""
        return self._of_device.get(device_id, [])

    def groups_of_device(self, device_id: str) -> list[str]:
        """Keys of the groups that have series of this device only."""
        return self._groups_of_device.get(device_id, [])

    def owner_of(self, group_key: str) -> str:
        """The device all members of a group belong to; empty where they are several."""
        members = self.groups[group_key].group.members if group_key in self.groups else ()
        devices = {series.device_id for series in members}
        return devices.pop() if len(devices) == 1 else ""

    def holds(self, series: Mapping[int, Series], catalogue: Catalogue, at_ms: int) -> bool:
        """Whether this is still the plan for a register, a catalogue and a moment."""
        same = self.series is series and self.catalogue is catalogue
        return same and self.from_ms <= at_ms < self.until_ms

    def edges_between(self, since_ms: int, until_ms: int) -> list[int]:
        """When entries come and go after one moment, up to and including another."""
        return [edge for edge in self._edges if since_ms < edge <= until_ms]

    def slot_of(self, series_id: int) -> int:
        """The slot of a series; -1 for one that is not registered."""
        known = 0 <= series_id < len(self._number)
        return int(self._number[series_id]) if known else -1

    def slots_of(self, series: NDArray[np.int32]) -> NDArray[np.int32]:
        """``slot_of`` of each, int32 ``(n,)``."""
        if not len(self._number):
            return np.full(len(series), -1, np.int32)
        known = (series >= 0) & (series < len(self._number))
        return np.where(known, self._number[np.where(known, series, 0)], np.int32(-1))

    def open_at(self, slots: NDArray[np.int32], time_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each series' site is open at each moment, bool ``(n,)``."""
        number = self._hours[slots]
        if not number.any():  # every one of them always open
            return np.ones(len(slots), np.bool_)
        offsets = np.array([hours.offset_ms for hours in self._table], np.int64)
        minute = ((time_ms + offsets[number]) // 60_000 + 3 * 1440) % _WEEK  # 1970-01-01: Thursday
        weekly = np.array([hours.week for hours in self._table])
        found = weekly[number, minute]
        for which, hours in enumerate(self._table):
            if hours.exact is not None and (mine := number == which).any():
                found[mine] = hours.exact.open_at(time_ms[mine])
        return np.asarray(found)

    def _fill(self, slot: int) -> None:
        series = self.all[slot]
        rules = self._rules_of(series.site_kind, series.quantity)
        self.rules.append(rules)
        self.gap[slot] = gap_ms(series)
        if series.unit and any(e.kind == "limit" and e.unit != series.unit for e in rules):
            self.wrong_unit[slot] = f"unit {series.unit!r} of the series is not the catalogue's"
        stuck = [entry for entry in rules if entry.kind == "stuck"]
        if len(stuck) == 1:
            self.stuck_key[slot] = stuck[0].key
            self.stuck_allowed[slot] = series.resolution + ROUNDING
            self.stuck_lasts[slot] = stuck[0].lasts_s * 1000
            self.stuck_open[slot] = stuck[0].when == "open"
        self.odd[slot] = len(stuck) > 1
        for entry in rules:
            if entry.kind == "silence":
                self.longest[slot] = min(self.longest[slot], longest_ms(entry, series))
            elif entry.kind == "jump" and entry.unit == series.unit:
                self.jump[slot] = min(self.jump[slot], entry.high or np.inf)
            elif entry.kind == "limit" and entry.unit == series.unit:
                self._bound(slot, entry)

    def _rules_of(self, site_kind: str, quantity: str) -> tuple[Entry, ...]:
        known = self._known.get((site_kind, quantity))
        if known is None:
            known = self._known[site_kind, quantity] = tuple(
                entry
                for entry in self.catalogue.for_series(site_kind, quantity)
                if entry.kind in _OWN_KINDS
                and entry.from_ms < self.until_ms
                and entry.to_ms > self.from_ms
            )
        return known

    def _bound(self, slot: int, entry: Entry) -> None:
        low = -np.inf if entry.low is None else entry.low
        high = np.inf if entry.high is None else entry.high
        self.low[slot], self.high[slot] = max(self.low[slot], low), min(self.high[slot], high)
        self.window[slot] = max(self.window[slot], int(entry.average_s * 1000))
        if entry.kind_of_finding == "breach" and not entry.staged:
            self.sum_low[slot] = np.fmax(self.sum_low[slot], low)
            self.sum_high[slot] = np.fmin(self.sum_high[slot], high)

    def _grouped(self) -> Iterator[Grouped]:
        number = count()
        for entry in self.catalogue.entries:
            rule = _RULES.get(entry.kind)
            if rule is None or entry.from_ms >= self.until_ms or entry.to_ms <= self.from_ms:
                continue
            for group in rule.groups(entry, self.all):
                yield Grouped(
                    number=next(number),
                    key=f"{entry.key}/{group.group_id}",
                    entry=entry,
                    group=group,
                    rule=rule,
                    slots=tuple(self.slot_of(one.series_id) for one in group.members),
                )


class _Hours(msgspec.Struct, frozen=True):
    """One kind of opening hours: its zone, its week by the minute, and itself where it is more."""

    offset_ms: int
    week: NDArray[np.bool_]
    exact: OpeningHours | None


def _hours(all_series: list[Series]) -> tuple[list[_Hours], NDArray[np.int32]]:
    """The different opening hours, the first of them always open, and which each series has."""
    always = _Hours(0, np.ones(_WEEK, np.bool_), None)
    found: dict[OpeningHours, int] = {}
    table = [always]
    number = np.zeros(len(all_series), np.int32)
    for slot, series in enumerate(all_series):
        hours = series.hours
        if hours not in found:
            one = _of_week(hours)
            if one.exact is None and one.week.all():
                found[hours] = 0
            else:
                found[hours] = len(table)
                table.append(one)
        number[slot] = found[hours]
    return table, number


def _of_week(hours: OpeningHours) -> _Hours:
    monday = 4 * 86_400_000 - hours.offset_ms()  # 1970-01-05, at home
    minutes = monday + np.arange(_WEEK, dtype=np.int64) * 60_000
    return _Hours(hours.offset_ms(), hours.open_at(minutes), hours if hours.closed_days else None)
