"""The engine hands early warnings minute means: their cases come out the same through it."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.catalogue import bundled
from detectors.readings.state import EngineState
from detectors.types import Readings, Signal
from tests.unit.detectors.early.cases import CASES, MINE, EarlyCase
from tests.unit.detectors.early.streams import entry_of, rows_of, series_of, signals_of
from tests.unit.detectors.streams import MINUTE_MS, in_order, play

_BATCH_MIN = 97


def _through_engine(case: EarlyCase) -> list[Signal]:
    rows = rows_of(case.make())
    edges = np.arange(
        rows.time_ms[0], rows.time_ms[-1] + _BATCH_MIN * MINUTE_MS, _BATCH_MIN * MINUTE_MS
    )
    cuts = np.searchsorted(rows.time_ms, edges, side="right").tolist()
    at = np.arange(len(rows))
    batches = [
        (rows.where((at >= start) & (at < end)), int(edge))
        for start, end, edge in zip([0, *cuts], cuts, edges, strict=False)
    ]
    end_ms = int(rows.time_ms[-1]) + MINUTE_MS
    known = {one.series_id: one for one in series_of(entry_of(case.rule_id), case.quantities)}
    signals, _ = play([*batches, (Readings.concat([]), end_ms)], known, bundled())
    return [signal for signal in signals if signal.rule_id == case.rule_id]


@pytest.mark.parametrize("kind", MINE)
def test_cases_through_the_engine(kind: str) -> None:
    """OFF-7: a hit of each kind, beside everything else the engine judges."""
    case = next(c for c in CASES if c.expected and entry_of(c.rule_id).kind == kind)
    assert in_order(_through_engine(case)) == in_order(signals_of(case))


def test_a_pause_at_the_end_of_a_cell_leaves_no_minute_behind() -> None:
    """OFF-7: the last minute before a pause counts for its own half hour, not after it closed."""
    case = next(c for c in CASES if c.expected and c.rule_id == "series-change-point")
    values = case.make()[: 4 * 60]
    values[90:95] = np.nan
    rows = rows_of(values)
    edges = [int(rows.time_ms[0]) + minute * MINUTE_MS for minute in (89, 94, 240)]
    cuts = [0, *np.searchsorted(rows.time_ms, edges, side="right").tolist()]
    at = np.arange(len(rows))
    batches = [
        (rows.where((at >= start) & (at < end)), edge)
        for start, end, edge in zip(cuts[:-1], cuts[1:], edges, strict=True)
    ]
    known = {one.series_id: one for one in series_of(entry_of(case.rule_id), case.quantities)}
    cut, at_once = EngineState(), EngineState()
    play(batches, known, bundled(), cut, restart=False)
    play([(rows, edges[-1])], known, bundled(), at_once, restart=False)
    assert cut.groups == at_once.groups != {}
