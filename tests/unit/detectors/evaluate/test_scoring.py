"""The methods of scoring, against figures worked out by hand and NAB's own definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detectors.evaluate.labelled import Labelled, spans_of
from detectors.evaluate.scoring import (
    Tally,
    event_f1,
    nab_gained,
    nab_probation,
    nab_score,
    row_f1,
    spaced,
    tally,
    together,
)

WINDOW = (500, 599)


def _sigmoid(place: float) -> float:
    return 2 / (1 + math.exp(5 * place)) - 1


def test_an_alarm_at_the_window_start_is_perfect() -> None:
    """NAB: the first row of a window gains 1, the last next to nothing, none at all costs 1."""
    assert nab_gained(1000, [WINDOW], [500]) == pytest.approx(1.0)
    last = nab_gained(1000, [WINDOW], [599])
    assert last == pytest.approx(_sigmoid(-1 / 100) / _sigmoid(-1))
    assert 0 < last < 0.03
    assert nab_gained(1000, [WINDOW], []) == -1
    assert nab_gained(1000, [WINDOW], [599, 550, 520]) == nab_gained(1000, [WINDOW], [520])


def test_false_alarms_cost_by_their_place() -> None:
    """NAB: 0.11 before any window or far behind one, less close behind it, nothing in probation."""
    assert nab_gained(1000, [WINDOW], [300, 500]) == pytest.approx(1 - 0.11)
    assert nab_gained(1000, [WINDOW], [500, 990]) == pytest.approx(1 - 0.11, abs=1e-3)
    near = nab_gained(1000, [WINDOW], [500, 604])
    assert near == pytest.approx(1 + 0.11 * _sigmoid(5 / 99))
    assert nab_gained(1000, [WINDOW], [149, 500]) == 1
    assert nab_probation(1000) == 150
    assert nab_probation(20_000) == 750


def test_the_normalised_score() -> None:
    """NAB: 0 for never, 100 for always at once; without a window there is no score."""
    assert nab_score(Tally(windows=3, gained=-3)) == 0
    assert nab_score(Tally(windows=3, gained=3)) == 100
    assert math.isnan(nab_score(Tally()))


def test_counts_of_a_file() -> None:
    """Rows, runs and windows are three different things."""
    one = Labelled(
        name="x",
        time_s=np.linspace(0, 99 * 60, 100),
        values=np.zeros((100, 2)),
        judged=(0, 1),
        windows=((10, 19), (50, 59)),
    )
    alarmed = np.zeros(100, np.bool_)
    alarmed[[12, 13, 25, 26, 70]] = True
    found = tally(one, alarmed)
    assert (found.windows, found.found, found.alarms, found.false_alarms) == (2, 1, 3, 2)
    assert (found.hit_rows, found.false_rows, found.missed_rows) == (2, 3, 18)
    assert found.delays_s == (120.0,)
    assert found.sensor_days == pytest.approx(100 * 60 / 86_400 * 2)
    assert row_f1(found) == pytest.approx(4 / (4 + 3 + 18))
    assert event_f1(found) == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert together([found, found]).alarms == 6
    assert event_f1(together([found, found])) == event_f1(found)


def test_spans_and_spacing() -> None:
    """Runs of true, and alarms that keep their distance."""
    assert spans_of(np.array([True, True, False, True])) == ((0, 1), (3, 3))
    assert spans_of(np.zeros(3, np.bool_)) == ()
    scores = np.ones(400)
    at = np.flatnonzero(spaced(scores, 1.0, spacing=50, share=0.5)).tolist()
    assert at == [0, 50, 100, 200, 400][:4]
