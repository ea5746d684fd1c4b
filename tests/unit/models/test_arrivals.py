"""When waiting for the next picture is worth it."""

from __future__ import annotations

import pytest

from models.arrivals import IDLE_S, Arrivals

LEFT_S = 0.02


def stream(gap_s: float, count: int) -> tuple[Arrivals, float]:
    arrivals = Arrivals()
    for n in range(count):
        arrivals.note(n * gap_s)
    return arrivals, (count - 1) * gap_s


@pytest.mark.parametrize(
    ("gap_s", "count", "waits_s"),
    [
        (0.001, 20, 0.003),  # three more are due within three gaps
        (0.01, 20, LEFT_S),  # no longer than the budget
        (0.05, 20, 0.0),  # the next one comes too late anyhow
        (0.001, 1, 0.0),  # one picture tells no rate
        (2.0, 5, 0.0),  # idle
    ],
)
def test_the_window_follows_the_rate(gap_s: float, count: int, waits_s: float) -> None:
    arrivals, now_s = stream(gap_s, count)
    assert arrivals.worth_waiting_s(3, left_s=LEFT_S, now_s=now_s) == pytest.approx(waits_s)


def test_a_stream_that_stopped_is_not_waited_for() -> None:
    arrivals, now_s = stream(0.001, 50)
    assert arrivals.worth_waiting_s(3, left_s=LEFT_S, now_s=now_s + LEFT_S + 0.01) == 0.0


def test_after_a_pause_the_rate_is_learnt_anew() -> None:
    arrivals, now_s = stream(0.001, 50)
    now_s += IDLE_S + 1
    arrivals.note(now_s)
    assert arrivals.worth_waiting_s(3, left_s=LEFT_S, now_s=now_s) == 0.0
    arrivals.note(now_s + 0.002)
    assert arrivals.worth_waiting_s(3, left_s=LEFT_S, now_s=now_s + 0.002) == pytest.approx(0.006)


def test_a_spent_budget_waits_for_nothing() -> None:
    arrivals, now_s = stream(0.001, 20)
    assert arrivals.worth_waiting_s(3, left_s=-0.5, now_s=now_s) == 0.0
