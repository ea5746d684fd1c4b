"""Owns the rows and calls that tests of the early warnings are built from."""

from __future__ import annotations

import numpy as np

from detectors.catalogue import Entry, bundled
from detectors.readings.group import Group, GroupRule
from detectors.readings.groups import GROUP_RULES
from detectors.types import Readings, Series, Signal
from tests.unit.detectors.early.cases import EarlyCase, Floats
from tests.unit.detectors.streams import DAY_MS, MINUTE_MS, a_series

RULES: dict[str, GroupRule] = {rule.kind: rule for rule in GROUP_RULES}


def entry_of(rule_id: str) -> Entry:
    """The one version of a bundled entry."""
    (entry,) = (one for one in bundled().entries if one.id == rule_id)
    return entry


def series_of(entry: Entry, quantities: tuple[str, ...]) -> list[Series]:
    """Series 1, 2, ... where the entry holds."""
    kind = "clinic" if entry.site_kinds == ("any",) else entry.site_kinds[0]
    return [
        a_series(number, quantity=quantity, unit=entry.unit, site_kind=kind)
        for number, quantity in enumerate(quantities, 1)
    ]


def rows_of(values: Floats) -> Readings:
    """A row a minute and series, NaN left out, in order of (time, series)."""
    minutes, k = values.shape
    known = ~np.isnan(values.ravel())
    return Readings(
        time_ms=(DAY_MS + np.repeat(np.arange(minutes), k) * MINUTE_MS)[known],
        series=np.tile(np.arange(1, k + 1, dtype=np.int32), minutes)[known],
        value=values.ravel()[known],
        flag=np.zeros(int(known.sum()), np.uint8),
    )


def played(entry: Entry, group: Group, rows: Readings, watermarks_ms: list[int]) -> list[Signal]:
    """Calls the rule as the engine does: when there are rows, or when it asked to be called."""
    rule, state, due_ms, at = RULES[entry.kind], b"", 0, 0
    signals: list[Signal] = []
    for watermark_ms in watermarks_ms:
        to = int(np.searchsorted(rows.time_ms, watermark_ms, side="right"))
        if to == at and watermark_ms < due_ms:
            continue
        part = Readings(
            time_ms=rows.time_ms[at:to],
            series=rows.series[at:to],
            value=rows.value[at:to],
            flag=rows.flag[at:to],
        )
        until_ms = min(watermark_ms, entry.to_ms)
        found = rule.judge(entry, group, state, part, watermark_ms=until_ms)
        state, due_ms, at = found.state, found.due_ms, to
        signals += found.signals
    return signals


def signals_of(case: EarlyCase) -> list[Signal]:
    """The case in one call, the watermark at its last minute."""
    entry = entry_of(case.rule_id)
    (group,) = RULES[entry.kind].groups(entry, series_of(entry, case.quantities))
    rows = rows_of(case.make())
    return played(entry, group, rows, [int(rows.time_ms[-1]) + MINUTE_MS])
