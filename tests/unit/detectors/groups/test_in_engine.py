"""The engine hands rules over groups what they ask for: cases come out the same through it."""

from __future__ import annotations

import pytest

from detectors.catalogue import bundled
from detectors.types import Readings
from tests.unit.detectors.cases.shape import GroupCase
from tests.unit.detectors.groups.cases import CASES
from tests.unit.detectors.groups.rooms import columns, entry_of, members_of, whole
from tests.unit.detectors.streams import DAY_MS, in_order, play

_SOME = 50  # batches a case is cut into


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule_id}: {c.name}")
def test_case_through_the_engine(case: GroupCase) -> None:
    """Everything the engine judges runs beside it; signals of the case's rule are as expected."""
    entry = entry_of(case.rule_id)
    members = members_of(entry, *case.series)
    rows, end_ms = columns(case.rows), DAY_MS + round(case.until_s * 1000)
    first_ms = int(rows.time_ms[0])
    step_ms = max(1000, (end_ms - first_ms) // _SOME)
    edges = [*range(first_ms, end_ms, step_ms), end_ms]
    batches, before_ms = [], first_ms - 1
    for edge in edges:
        batches.append((rows.where((rows.time_ms > before_ms) & (rows.time_ms <= edge)), edge))
        before_ms = edge
    # a minute more, so that the last minute is over for rules that judge by the minute
    batches.append((Readings.concat([]), end_ms + 60_000))
    signals, _ = play(batches, {one.series_id: one for one in members}, bundled())
    expected = whole(entry, members, case.rows, case.until_s)
    mine = [signal for signal in signals if signal.rule_id == case.rule_id]
    assert in_order(mine) == in_order(expected)
