"""Every signal of every case can be explained in both languages with its own figures."""

from __future__ import annotations

import re

import pytest

from detectors.catalogue import bundled
from detectors.explain import explain
from detectors.types import Readings, Signal
from detectors.vision import CameraState, step_camera
from tests.unit.detectors.cases import ALL_CASES
from tests.unit.detectors.cases.shape import LookCase
from tests.unit.detectors.looks import tracked
from tests.unit.detectors.streams import DAY_MS, HOUR_MS, MINUTE_MS, a_series, play, readings


def _reading_signals() -> list[Signal]:
    known = {
        1: a_series(1),
        2: a_series(2, quantity="waste_bag_in", unit="", site_kind="clinic"),
        3: a_series(3, quantity="waste_bag_out", unit="", site_kind="clinic"),
    }
    rows = [
        (1, DAY_MS + m * MINUTE_MS, 0.6 + 0.03 * (m % 3) if m < 100 or m > 400 else 0.1)
        for m in range(500)
    ]
    rows += [(2, DAY_MS, 17), (3, DAY_MS + 50 * HOUR_MS, 17)]
    signals, _ = play(
        [(readings(rows), DAY_MS + 60 * HOUR_MS), (Readings.concat([]), DAY_MS + 70 * HOUR_MS)],
        known,
        bundled(),
    )
    return signals


def _look_signals() -> list[Signal]:
    signals: list[Signal] = []
    for case in (case for case in ALL_CASES if isinstance(case, LookCase)):
        state: CameraState | None = None
        for look in tracked(case.looks):
            state, found = step_camera(state, look, case.scene, bundled())
            signals += found
    return signals


SIGNALS = [*_reading_signals(), *_look_signals()]


def test_the_signals_cover_every_kind() -> None:
    """Otherwise the next test would explain little."""
    kinds = {bundled().entry(s.rule_id, s.rule_version).kind for s in SIGNALS}
    assert kinds == {"limit", "silence", "stuck", "kept", "vision"}


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: f"{s.rule_id}-{s.phase}-{s.start_ms}")
def test_both_languages_say_the_same_figures(signal: Signal) -> None:
    """Promise 5: the figures stand in both languages, whatever the words."""
    said = explain(signal, bundled())
    assert len(said.zh) == len(said.en) >= 2
    for zh, en in zip(said.zh, said.en, strict=True):
        assert sorted(re.findall(r"\d[\d.:-]*\d|\d", zh)) == sorted(
            re.findall(r"\d[\d.:-]*\d|\d", en)
        )


def test_a_chlorine_alert_in_words() -> None:
    """What the alert page shows."""
    opened = next(s for s in SIGNALS if s.rule_id == "pool-free-chlorine")
    said = explain(opened, bundled())
    assert said.en[0] == (
        "The median of 15 readings in the 15 min up to 2026-03-02 02:02:00 was 0.1 mg/L; "
        "the limit is 0.3 to 1 mg/L."
    )
    assert said.en[1] == (
        "All 16 windows since 2026-03-02 01:47:00 were outside, for 15 min (an alert needs 15 min)."
    )
    assert said.law.article == "4.4.1"
    assert said.penalty is not None


def test_a_rule_the_catalogue_does_not_hold_is_an_error() -> None:
    """An alert of a version that was deleted cannot be explained by another."""
    with pytest.raises(KeyError):
        explain(SIGNALS[0], type(bundled())(()))
