"""Every signal of every case can be put into words with its own figures, in both languages."""

from __future__ import annotations

import re

import pytest

from detectors.explain_groups import SAY_GROUPS
from detectors.readings.groups.parts.following import Followed
from detectors.types import Signal
from tests.unit.detectors.groups.cases import CASES
from tests.unit.detectors.groups.rooms import RULES, entry_of, members_of, whole

SIGNALS = [
    signal
    for case in CASES
    if case.expected
    for signal in whole(
        entry_of(case.rule_id),
        members_of(entry_of(case.rule_id), *case.series),
        case.rows,
        case.until_s,
    )
]
_FIGURE = re.compile(r"\d[\d.:-]*\d|\d")


def test_every_kind_has_words() -> None:
    """``kept`` speaks among the readings; every other kind of this room speaks here."""
    mine = {rule.kind for rule in RULES.values() if isinstance(rule, Followed)}
    assert set(SAY_GROUPS) == mine - {"kept"}
    assert {entry_of(s.rule_id).kind for s in SIGNALS} == set(SAY_GROUPS)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: f"{s.rule_id}-{s.phase}-{s.at_ms}")
def test_both_languages_say_the_same_figures(signal: Signal) -> None:
    """Promise 5: the figures stand in both languages, whatever the words."""
    entry = entry_of(signal.rule_id)
    said = SAY_GROUPS[entry.kind](signal, entry)
    assert said
    for zh, en in said:
        assert sorted(_FIGURE.findall(zh)) == sorted(_FIGURE.findall(en))
        assert any("一" <= char <= "鿿" for char in zh)


def test_a_steam_cycle_in_words() -> None:
    """What an officer reads of a cycle that was cut short."""
    signal = next(s for s in SIGNALS if s.rule_id == "steam-cycle")
    said = SAY_GROUPS["cycle"](signal, entry_of("steam-cycle"))
    assert said[0][1] == (
        "The cycle that began at 2026-03-02 00:00:10 was judged as 134 °C: the longest unbroken "
        "time with temperature (up to 137 °C) and pressure in their bands was 180 s; needed are "
        "240 s."
    )
