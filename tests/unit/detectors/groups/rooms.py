"""Owns series, rows and the calls that tests of rules over groups are built from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from detectors.catalogue import Entry, bundled
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups import GROUP_RULES
from detectors.types import Readings, Series, Signal
from tests.unit.detectors.streams import DAY_MS, a_series

RULES: dict[str, GroupRule] = {rule.kind: rule for rule in GROUP_RULES}
Row = tuple[int, float, float]  # series id, seconds after midnight, value


def entry_of(rule_id: str) -> Entry:
    """The one version of a bundled entry."""
    (entry,) = (one for one in bundled().entries if one.id == rule_id)
    return entry


def members_of(entry: Entry, *said: tuple[str, float]) -> list[Series]:
    """Series 1, 2, ... of one device by (quantity, interval), where the entry holds."""
    units = {"steriliser_pressure": "kPa"}
    kind = "clinic" if entry.site_kinds == ("any",) else entry.site_kinds[0]
    return [
        a_series(
            number,
            quantity=quantity,
            unit=entry.unit if quantity == entry.quantity else units.get(quantity, ""),
            site_kind=kind,
            interval_s=interval_s,
        )
        for number, (quantity, interval_s) in enumerate(said, 1)
    ]


def group_of(entry: Entry, members: Iterable[Series]) -> Group:
    """The one group that the entry makes of these series."""
    (group,) = RULES[entry.kind].groups(entry, members)
    return group


def steady(series_id: int, start_s: int, end_s: int, value: float, step_s: int = 1) -> list[Row]:
    """The same value from ``start_s`` until before ``end_s``."""
    return [(series_id, second, value) for second in range(start_s, end_s, step_s)]


def columns(rows: Iterable[Row], flags: Sequence[int] | None = None) -> Readings:
    """Rows sorted by (time, series), as the engine hands them out."""
    listed = list(rows)
    time_ms = np.array([DAY_MS + round(s * 1000) for _, s, _ in listed], np.int64)
    series = np.array([i for i, _, _ in listed], np.int32)
    order = np.lexsort((series, time_ms))
    flag = np.zeros(len(listed), np.uint8) if flags is None else np.array(flags, np.uint8)
    value = np.array([v for _, _, v in listed], np.float64)
    return Readings(
        time_ms=time_ms[order], series=series[order], value=value[order], flag=flag[order]
    )


def judged(
    entry: Entry, group: Group, rows: Readings, watermarks_ms: Iterable[int]
) -> list[Signal]:
    """Calls the rule as the engine does: when the watermark released rows or its time has come."""
    rule, state, due_ms = RULES[entry.kind], b"", 0
    signals: list[Signal] = []
    from_row = 0
    for watermark_ms in watermarks_ms:
        to_row = int(np.searchsorted(rows.time_ms, watermark_ms, side="right"))
        part = _part(rows, from_row, to_row)
        if not len(part) and watermark_ms < due_ms:
            continue
        found = rule.judge(entry, group, state, part, watermark_ms=min(watermark_ms, entry.to_ms))
        state, due_ms, from_row = found.state, found.due_ms, to_row
        signals += found.signals
    return signals


def _part(rows: Readings, start: int, end: int) -> Readings:
    keep = np.zeros(len(rows), np.bool_)
    keep[start:end] = True
    return rows.where(keep)


def whole(
    entry: Entry, members: Iterable[Series], rows: Iterable[Row], until_s: float
) -> list[Signal]:
    """Everything in one call, the watermark ``until_s`` after midnight."""
    until_ms = DAY_MS + round(until_s * 1000)
    return judged(entry, group_of(entry, members), columns(rows), [until_ms])


def with_(entry: Entry, **changes: object) -> Entry:
    """The entry with other fields."""
    return msgspec.structs.replace(entry, **changes)
