"""Owns the official credit of a party. Pure: movements in, a score with its contributions out.

Unreviewed alerts are no movements: only an officer's confirmation and the case system's decision
are. The database draws the same score in ``scoring_project``; tests hold the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from detectors.types import digest_id
from pipelines.scoring.parameters import CreditParameters, credit_parameters
from pipelines.stage import Effect, Save

_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What moved credit. ``kind``: ``opening``, ``finding``, ``filed`` or ``restored``."""

    kind: str
    alert_id: str | None
    points: float
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A score of 0 to 100, its grade and the named points it consists of."""

    score: float
    grade: str
    contributions: dict[str, float]
    model_version: str


def score(
    movements: Iterable[Movement], *, at_ms: int, parameters: CreditParameters | None = None
) -> Credit:
    """The credit at a moment; later movements do not count, restored findings neither."""
    p = parameters or credit_parameters()
    past = [m for m in movements if m.at_ms <= at_ms]
    restored: dict[str | None, int] = {}
    for m in past:
        if m.kind == "restored":
            restored[m.alert_id] = max(m.at_ms, restored.get(m.alert_id, m.at_ms))
    contributions = {"start": p.start}
    for m in past:
        age_ms = at_ms - m.at_ms
        back = m.alert_id in restored and restored[m.alert_id] >= m.at_ms
        if m.kind in ("finding", "filed") and not back and age_ms < p.expiry_ms:
            left = m.points * 0.5 ** (age_ms / p.half_life_ms)
            contributions[f"{m.kind}:{m.alert_id}"] = -round(left, _DIGITS)
    value = recompute(contributions)
    return Credit(
        score=value, grade=grade(value, p), contributions=contributions, model_version=p.version
    )


def grade(value: float, parameters: CreditParameters | None = None) -> str:
    """A, B, C or D (量化分级, domain fact sheet C, confidence P)."""
    p = parameters or credit_parameters()
    steps = (("A", p.grade_a), ("B", p.grade_b), ("C", p.grade_c))
    return next((name for name, lowest in steps if value >= lowest), "D")


def recompute(contributions: Mapping[str, float]) -> float:
    """The score that contributions come to: proves a stored row."""
    return max(0.0, round(math.fsum(contributions.values()), _DIGITS))


def opening_rows(
    parties: Iterable[str], at_ms: int, parameters: CreditParameters | None = None
) -> list[Save]:
    """For each party id its first movement and first row; doing it twice is doing it once."""
    p = parameters or credit_parameters()
    opened = score([], at_ms=at_ms, parameters=p)
    return [
        Save(
            "scoring_open",
            {
                "movement_id": digest_id("credit", "opening", party_id),
                "party_id": party_id,
                "at_ms": at_ms,
                "score": opened.score,
                "grade": opened.grade,
                "contributions": opened.contributions,
                "model_version": p.version,
            },
        )
        for party_id in parties
    ]


def deduct(
    *,
    kind: str,
    party_id: str,
    alert_id: str,
    severity: str,
    at_ms: int,
    parameters: CreditParameters | None = None,
) -> list[Effect]:
    """Effects that take points for a ``finding`` or for a ``filed`` case, once per alert."""
    p = parameters or credit_parameters()
    points = {"finding": p.finding, "filed": p.filed}[kind][severity]
    movement: dict[str, object] = {
        "movement_id": digest_id("credit", kind, alert_id),
        "kind": kind,
        "points": points,
        "alert_id": alert_id,
        "at_ms": at_ms,
    }
    return _moved("scoring_add_movement", movement, party_id, p)


def restore(
    *, party_id: str, alert_id: str, at_ms: int, parameters: CreditParameters | None = None
) -> list[Effect]:
    """Effects that give back what was taken for an alert; nothing when nothing was."""
    p = parameters or credit_parameters()
    movement: dict[str, object] = {
        # what is taken again, by the decision on a corrected case, may be given back again
        "movement_id": digest_id("credit", "restored", alert_id, str(at_ms)),
        "alert_id": alert_id,
        "at_ms": at_ms,
    }
    return _moved("scoring_restore", movement, party_id, p)


def _moved(
    statement: str, movement: dict[str, object], party_id: str, p: CreditParameters
) -> list[Effect]:
    named = {"party_id": party_id, "model_version": p.version}
    figures: dict[str, object] = {
        "start": p.start,
        "half_life_ms": p.half_life_ms,
        "expiry_ms": p.expiry_ms,
        "grade_a": p.grade_a,
        "grade_b": p.grade_b,
        "grade_c": p.grade_c,
    }
    return [
        Save("scoring_lock_party", {"party_id": party_id}),
        Save(statement, {**movement, **named}),
        Save("scoring_project", {**figures, **named, "from_ms": movement["at_ms"]}),
    ]
