"""Scores come apart into contributions and together again, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.scoring import credit, risk
from pipelines.scoring.credit import Movement
from pipelines.scoring.parameters import credit_parameters, risk_parameters

FIGURE = st.none() | st.floats(-1e9, 1e9)
DAY_MS = 86_400_000


@given(
    severity=st.sampled_from(["low", "medium", "high", "critical"]),
    value=FIGURE,
    low=FIGURE,
    high=FIGURE,
    lasted_s=st.floats(-10, 1e7),
    site_kind=st.sampled_from(["pool", "clinic", "somewhere"]),
    recurrences=st.integers(0, 1000),
    grade=st.sampled_from(["evidence", "lead", "nothing"]),
    confirmed=st.booleans(),
)
def test_risk_is_the_sum_of_its_contributions(
    *,
    severity: str,
    value: float | None,
    low: float | None,
    high: float | None,
    lasted_s: float,
    site_kind: str,
    recurrences: int,
    grade: str,
    confirmed: bool,
) -> None:
    score = risk.score(
        severity=severity,
        value=value,
        low=low,
        high=high,
        lasted_s=lasted_s,
        site_kind=site_kind,
        recurrences_30d=recurrences,
        grade=grade,
    )
    assert 0 <= score.value <= 100
    assert score.value == round(sum(score.contributions.values()), 4)
    after = risk.after_verdict(score.contributions, confirmed=confirmed)
    assert risk.recompute(after.contributions) == after.value
    assert after.value >= score.value if confirmed else after.value == 0


@pytest.mark.parametrize(
    ("value", "low", "high", "excess"),
    [
        (1.5, 0.3, 1.0, 0.5),
        (0.15, 0.3, 1.0, 0.5),
        (0.5, 0.3, 1.0, 0.0),
        (None, 0.3, 1.0, 0.0),
        (1.0, None, 0.0, 1.0),
        (-30.0, -20.0, None, 0.5),
    ],
)
def test_excess_is_relative_to_the_limit_passed(
    value: float | None, low: float | None, high: float | None, excess: float
) -> None:
    assert risk.relative_excess(value, low, high) == pytest.approx(excess)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        risk.relative_excess(float("nan"), 0.3, 1.0)


def test_most_points_come_to_a_hundred() -> None:
    p = risk_parameters()
    most = max(p.severity.values()) + p.excess + p.duration + p.recurrence
    assert most + max(p.vulnerability.values()) + max(p.evidence.values()) == 100


MOVEMENT = st.builds(
    Movement,
    kind=st.sampled_from(["finding", "filed", "restored"]),
    alert_id=st.sampled_from(["a", "b", "c"]),
    points=st.floats(0, 60),
    at_ms=st.integers(0, 3000 * DAY_MS),
)


@given(st.lists(MOVEMENT), st.integers(0, 4000 * DAY_MS))
def test_credit_is_proved_by_its_contributions(movements: list[Movement], at_ms: int) -> None:
    now = credit.score(movements, at_ms=at_ms)
    assert credit.recompute(now.contributions) == now.score
    assert now.grade == credit.grade(now.score)
    assert 0 <= now.score <= 100


def test_credit_fades_expires_and_is_restored() -> None:
    p = credit_parameters()
    found = Movement(kind="finding", alert_id="a", points=12, at_ms=0)
    back = Movement(kind="restored", alert_id="a", points=0, at_ms=10)
    half = int(p.half_life_ms)
    assert credit.score([found], at_ms=0).score == 88
    assert credit.score([found], at_ms=half).score == 94
    assert credit.score([found], at_ms=p.expiry_ms).score == 100
    assert credit.score([found, back], at_ms=9).score < 100
    assert credit.score([found, back], at_ms=10).score == 100


@pytest.mark.parametrize(
    ("value", "grade"), [(100, "A"), (90, "A"), (89.9, "B"), (70, "B"), (60, "C"), (59.9, "D")]
)
def test_grades(value: float, grade: str) -> None:
    assert credit.grade(value) == grade
