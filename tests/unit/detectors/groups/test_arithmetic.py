"""What a signal carries is enough to come to its decision by hand, and gaps never pass."""

from __future__ import annotations

import math

import pytest

from detectors.types import Phase, Signal
from tests.unit.detectors.cases.shape import GroupCase
from tests.unit.detectors.groups.cases import BALANCES, STEAM
from tests.unit.detectors.groups.rooms import (
    Row,
    columns,
    entry_of,
    group_of,
    judged,
    members_of,
    steady,
    whole,
)
from tests.unit.detectors.streams import DAY_MS


def _washed(rows: list[Row], until_s: float = 5000) -> list[Signal]:
    entry = entry_of("washer-a0-then-sterilised")
    return whole(entry, members_of(entry, ("washer_temperature", 1)), rows, until_s)


def test_a0_is_the_sum_of_its_definition() -> None:
    """A ramp, summed by hand: each reading stands until the next, from 65 °C up."""
    ramp = [20.0, *(60 + 0.25 * second for second in range(110)), 40.0]
    rows: list[Row] = [(1, second, value) for second, value in enumerate(ramp)]
    opened, closed = _washed(rows)
    by_hand = math.fsum(10 ** ((value - 80) / 10) for value in ramp if value >= 65)
    assert opened.value == pytest.approx(by_hand, rel=1e-12)
    assert (opened.phase, closed.phase) == (Phase.OPENED, Phase.CLOSED)
    assert opened.inputs["readings"] == sum(value >= 65 for value in ramp)
    assert opened.inputs["above_80_s"] == sum(value >= 80 for value in ramp)
    assert opened.inputs["unknown"] == 0


def test_a_gap_in_a_cycle_is_unknown_and_adds_one_interval() -> None:
    """A minute of 90 °C would pass; half of it unseen does not, nor does it fail."""
    rows = [*steady(1, 0, 10, 20), *steady(1, 10, 30, 90), *steady(1, 60, 75, 90), (1, 75, 20.0)]
    opened, _ = _washed(rows)
    assert opened.value == pytest.approx(350)
    assert opened.inputs["unknown"] == 1
    assert opened.inputs["missing_s"] == 31


def test_a_gap_does_not_fail_a_cycle_that_was_seen_to_pass() -> None:
    """What was measured suffices, whatever the gap holds."""
    rows = [*steady(1, 0, 10, 20), *steady(1, 10, 75, 90), *steady(1, 90, 95, 90), (1, 95, 20.0)]
    assert _washed(rows) == []


def test_readings_that_stop_in_a_cycle_leave_it_unknown() -> None:
    """After 15 minutes without a reading the cycle is closed as not shown to have passed."""
    opened, _ = _washed([*steady(1, 0, 10, 20), *steady(1, 10, 50, 90)])
    assert opened.inputs["unknown"] == 1
    assert opened.at_ms == DAY_MS + (49 + 900) * 1000


def test_a_cycle_whose_beginning_was_not_seen_is_unknown() -> None:
    """The first reading ever is already hot."""
    opened, _ = _washed([*steady(1, 0, 70, 85), (1, 70, 20.0)])
    assert opened.inputs["unknown"] == 1


def test_other_flags_count_as_no_reading() -> None:
    """A probe that says it is faulty is a gap: the cycle is unknown, not passed."""
    entry = entry_of("washer-a0-then-sterilised")
    rows = [*steady(1, 0, 10, 20), *steady(1, 10, 90, 90), (1, 90, 20.0)]
    flags = [2 if 20 <= second < 70 else 0 for _, second, _ in rows]
    group = group_of(entry, members_of(entry, ("washer_temperature", 1)))
    opened, _ = judged(entry, group, columns(rows, flags), [DAY_MS + 1_000_000])
    assert opened.inputs["unknown"] == 1
    assert opened.value == pytest.approx(300)


def _steamed(rows: list[Row]) -> list[Signal]:
    entry = entry_of("steam-cycle")
    members = members_of(entry, ("steriliser_temperature", 1), ("steriliser_pressure", 1))
    return whole(entry, members, rows, 5000)


def test_a_steam_cycle_names_what_failed() -> None:
    """Held too shortly, too hot, wrong pressure: each is counted apart."""
    rows = [*steady(1, 0, 10, 60), *steady(1, 10, 130, 134.5), *steady(1, 130, 160, 138)]
    rows += [*steady(1, 160, 250, 134.5), *steady(1, 250, 270, 60)]
    rows += [*steady(2, 0, 230, 210), *steady(2, 230, 270, 150)]
    opened, _ = _steamed(rows)
    got = opened.inputs
    assert (got["class_c"], got["held_s"], got["needed_s"]) == (134, 120, 240)
    assert (got["too_hot_readings"], got["pressure_low_readings"]) == (30, 20)
    assert (got["reached_s"], got["peak_c"]) == (240, 138)
    assert (got["failed"], got["unknown"]) == (1, 0)
    assert (opened.low, opened.value) == (240, 120)


def test_pressure_that_stopped_is_unknown() -> None:
    """Its last figure is not carried on: after three intervals nothing is known."""
    rows = [*steady(1, 0, 10, 60), *steady(1, 10, 260, 134.5), *steady(1, 260, 270, 60)]
    opened, _ = _steamed([*rows, *steady(2, 0, 100, 210)])
    assert opened.inputs["unknown"] == 1
    assert opened.inputs["failed"] == 0
    assert opened.inputs["pressure_unknown_readings"] == 157
    assert opened.inputs["held_s"] == 93


def test_a_gap_in_the_plateau_breaks_the_hold() -> None:
    """Two minutes, a gap of one, two minutes: nobody saw four."""
    rows = [*steady(1, 0, 10, 60), *steady(1, 10, 130, 134.5), *steady(1, 190, 310, 134.5)]
    rows += [*steady(1, 310, 330, 60), *steady(2, 0, 330, 210)]
    opened, _ = _steamed(rows)
    assert opened.inputs["unknown"] == 1
    assert opened.inputs["held_s"] == 120


def test_a_slow_probe_is_given_one_interval() -> None:
    """Sampled every minute, four minutes show as three or four: none is accused of the fourth."""
    entry = entry_of("steam-cycle")
    members = members_of(entry, ("steriliser_temperature", 60))
    rows = [(1, 0, 60.0), *steady(1, 60, 240, 134.5, 60), (1, 240, 60.0)]
    assert whole(entry, members, rows, 1000) == []
    short = [(1, 0, 60.0), *steady(1, 60, 180, 134.5, 60), (1, 180, 60.0)]
    assert whole(entry, members, short, 1000)


@pytest.mark.parametrize("case", [c for c in BALANCES if c.expected], ids=lambda c: c.name)
def test_the_balance_adds_up(case: GroupCase) -> None:
    """opening + in - out = expected; stock - expected = what is apart; more than the tolerance."""
    entry = entry_of(case.rule_id)
    signal = whole(entry, members_of(entry, *case.series), case.rows, case.until_s)[0]
    got = signal.inputs
    assert got["opening_kg"] + got["in_kg"] - got["out_kg"] == got["expected_kg"]
    assert got["stock_kg"] - got["expected_kg"] == got["apart_kg"] == signal.value
    assert got["tolerance_kg"] == max(0.5, 0.02 * (got["opening_kg"] + got["in_kg"]))
    assert abs(got["apart_kg"]) > got["tolerance_kg"] == signal.high


def test_each_cycle_is_a_spell_of_its_own() -> None:
    """Two bad cycles in a row are two findings, with ids of their own."""
    case = next(c for c in STEAM if c.expected)
    again = [(i, second + 3600, value) for i, second, value in case.rows]
    signals = _steamed([*case.rows, *again])
    assert [s.phase for s in signals] == [Phase.OPENED, Phase.CLOSED] * 2
    assert len({s.spell_id for s in signals}) == 2
    assert len({s.signal_id for s in signals}) == 4
