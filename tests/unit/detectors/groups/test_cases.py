"""Every case of every rule over groups, in one call and minute by minute."""

from __future__ import annotations

import pytest

from detectors.types import Signal
from tests.unit.detectors.cases.bags import CASES as BAGS
from tests.unit.detectors.cases.shape import BagCase, Expected, GroupCase
from tests.unit.detectors.groups.cases import CASES
from tests.unit.detectors.groups.rooms import (
    columns,
    entry_of,
    group_of,
    judged,
    members_of,
    whole,
)
from tests.unit.detectors.streams import DAY_MS


def _said(signals: list[Signal], unit_s: float = 1) -> list[tuple[object, ...]]:
    return [
        (
            signal.phase.value,
            (signal.start_ms - DAY_MS) / 1000 / unit_s,
            (signal.at_ms - DAY_MS) / 1000 / unit_s,
            pytest.approx(signal.value),
        )
        for signal in signals
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule_id}: {c.name}")
def test_case(case: GroupCase) -> None:
    """The spells that must come out, and no others, however often the rule is called."""
    entry = entry_of(case.rule_id)
    members = members_of(entry, *case.series)
    at_once = whole(entry, members, case.rows, case.until_s)
    assert _said(at_once) == list(case.expected)
    end_ms = DAY_MS + round(case.until_s * 1000)
    step_ms = max(60_000, (end_ms - DAY_MS) // 200)
    ticks = [*range(DAY_MS, end_ms, step_ms), end_ms]
    assert judged(entry, group_of(entry, members), columns(case.rows), ticks) == at_once


@pytest.mark.parametrize("case", BAGS, ids=lambda c: f"{c.rule_id}: {c.name}")
def test_bags_are_judged_as_before(case: BagCase) -> None:
    """The rule on bags gives the spells it gave inside the engine."""
    entry = entry_of(case.rule_id)
    members = members_of(entry, ("waste_bag_in", 86_400), ("waste_bag_out", 86_400))
    rows = [(1, hour * 3600, bag) for hour, bag in case.came]
    rows += [(2, hour * 3600, bag) for hour, bag in case.left]
    wanted: list[Expected] = sorted(case.expected, key=lambda e: e[2])
    assert _said(whole(entry, members, rows, case.until_hour * 3600), 3600) == wanted
