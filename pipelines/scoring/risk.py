"""Owns the risk of one alert. Pure: figures in, a score with its contributions out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.scoring.parameters import RiskParameters, risk_parameters

_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A risk of 0 to 100 and the named points it consists of."""

    value: float
    contributions: dict[str, float]
    model_version: str


def score(
    *,
    severity: str,
    value: float | None,
    low: float | None,
    high: float | None,
    lasted_s: float,
    site_kind: str,
    recurrences_30d: int,
    grade: str,
    parameters: RiskParameters | None = None,
) -> Score:
    """Scores an alert.

    Args:
        severity: ``low``, ``medium``, ``high`` or ``critical``.
        value: what was measured, in the unit of ``low`` and ``high``; None when nothing was.
        lasted_s: how long the spell has lasted so far.
        recurrences_30d: earlier alerts at the site in the last 30 days.
        grade: of the evidence: ``evidence``, ``lead`` or ``nothing``.

    Raises:
        ValueError: an unknown severity or grade, or a figure that is not finite.
    """
    p = parameters or risk_parameters()
    if severity not in p.severity or grade not in p.evidence:
        raise ValueError(f"unknown severity or grade: {severity}, {grade}")
    if not math.isfinite(lasted_s):
        raise ValueError("duration is not finite")
    excess = relative_excess(value, low, high)
    contributions = {
        "severity": p.severity[severity],
        "excess": p.excess * min(1.0, excess / p.excess_full),
        "duration": p.duration * min(1.0, max(0.0, lasted_s) / p.duration_full_s),
        "vulnerability": p.vulnerability.get(site_kind, p.vulnerability["other"]),
        "recurrence": p.recurrence * min(1.0, max(0, recurrences_30d) / p.recurrence_full),
        "evidence": p.evidence[grade],
    }
    return _made(contributions, p)


def relative_excess(value: float | None, low: float | None, high: float | None) -> float:
    """How far ``value`` is beyond its limit, as a share of that limit; 0 inside or without one.

    Beyond a limit of zero counts as the whole limit (1.0): there is nothing to be relative to.
    """
    if any(x is not None and not math.isfinite(x) for x in (value, low, high)):
        raise ValueError("value or limit is not finite")
    if value is None:
        return 0.0
    if high is not None and value > high:
        return (value - high) / abs(high) if high else 1.0
    if low is not None and value < low:
        return (low - value) / abs(low) if low else 1.0
    return 0.0


def after_verdict(
    contributions: Mapping[str, float], *, confirmed: bool, parameters: RiskParameters | None = None
) -> Score:
    """The risk once an officer decided: confirmed adds points, dismissed takes all of it back."""
    p = parameters or risk_parameters()
    before = {name: points for name, points in contributions.items() if name != "verdict"}
    verdict = p.verdict if confirmed else -math.fsum(before.values())
    return _made({**before, "verdict": verdict}, p)


def corroborate(
    contributions: Mapping[str, float],
    *,
    by_another: bool = True,
    parameters: RiskParameters | None = None,
) -> Score:
    """The risk once a finding of another device bears this one out, or does not after all."""
    p = parameters or risk_parameters()
    rest = {name: points for name, points in contributions.items() if name != "corroborated"}
    return _made({**rest, "corroborated": p.corroborated} if by_another else rest, p)


def undecided(
    contributions: Mapping[str, float], *, parameters: RiskParameters | None = None
) -> Score:
    """The risk of a finding that was reopened: as before anybody decided."""
    p = parameters or risk_parameters()
    return _made({name: points for name, points in contributions.items() if name != "verdict"}, p)


def recompute(contributions: Mapping[str, float]) -> float:
    """The score that contributions come to: proves a stored row."""
    return min(100.0, max(0.0, round(math.fsum(contributions.values()), _DIGITS)))


def _made(contributions: Mapping[str, float], p: RiskParameters) -> Score:
    kept = {name: round(points, _DIGITS) for name, points in contributions.items()}
    return Score(value=recompute(kept), contributions=kept, model_version=p.version)
