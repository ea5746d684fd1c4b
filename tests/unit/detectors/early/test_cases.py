"""Every early warning: what opens a spell, what does not, its words and its arithmetic."""

from __future__ import annotations

import re

import pytest

from detectors.catalogue import Entry
from detectors.explain_early import SAY_EARLY
from tests.unit.detectors.early.cases import CASES, ENTRIES, MINE, EarlyCase
from tests.unit.detectors.early.streams import entry_of, signals_of
from tests.unit.detectors.streams import DAY_MS, MINUTE_MS

_FIGURE = re.compile(r"\d[\d.:-]*\d|\d")


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule_id}: {c.name}")
def test_case(case: EarlyCase) -> None:
    """OFF-7: the spell that must come out opens in time, and nothing else does."""
    signals = signals_of(case)
    assert tuple(signal.phase.value for signal in signals) == case.expected
    if signals:
        opened = (signals[0].at_ms - DAY_MS) / MINUTE_MS
        assert case.between[0] <= opened <= case.between[1]
    for signal in signals:
        pairs = SAY_EARLY[entry_of(case.rule_id).kind](signal, entry_of(case.rule_id))
        assert pairs
        for zh, en in pairs:
            assert sorted(_FIGURE.findall(zh)) == sorted(_FIGURE.findall(en))
            assert any("一" <= char <= "鿿" for char in zh)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.id)
def test_no_early_warning_is_a_breach(entry: Entry) -> None:
    """OFF-7: named as what it is, without a penalty, with a case that hits and one that misses."""
    assert entry.kind_of_finding in {"warning", "lead"}
    assert entry.penalty is None
    if entry.kind_of_finding == "warning":
        assert "not a breach" in entry.title.en
        assert "尚未违法" in entry.title.zh
    mine = [case for case in CASES if case.rule_id == entry.id]
    assert any(case.expected for case in mine)
    assert any(not case.expected for case in mine)


def test_every_kind_has_words() -> None:
    """A kind without sentences would leave an officer with bare numbers."""
    assert set(SAY_EARLY) == set(MINE) == {entry.kind for entry in ENTRIES}


def test_the_forecast_can_be_recomputed() -> None:
    """Promise 5: minutes = (limit - level) / slope, and the limit is reached about then."""
    case = next(c for c in CASES if c.rule_id == "pool-free-chlorine-ahead" and c.expected)
    opened = signals_of(case)[0]
    got = opened.inputs
    entry = entry_of(case.rule_id)
    assert entry.low is not None
    assert got["minutes_to_limit"] == pytest.approx(
        (entry.low - got["level"]) / got["slope_per_h"] * 60
    )
    assert opened.value == got["level"]
    reached_min = (opened.at_ms - DAY_MS) / MINUTE_MS + got["minutes_to_limit"]
    assert reached_min == pytest.approx(720, abs=8)


def test_the_anomaly_can_be_recomputed() -> None:
    """Promise 5: the score is the distance from the baseline in usual distances."""
    case = next(c for c in CASES if c.rule_id == "site-anomaly-pool" and c.expected)
    opened = signals_of(case)[0]
    got = opened.inputs
    far = abs(got["value"] - got["baseline"]) / (got["usual_distance"] + got["step"])
    assert got["score"] == pytest.approx(far)
    assert opened.series_id == got["series_id"] == 1
