"""Owns the figures of both models, read from TOML beside the code. Must not compute a score."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec

_DAY_MS = 86_400_000


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where figures come from and how sure we are (V, P, GK or eng)."""

    source: str
    confidence: str


class RiskParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Most points of each contribution; together they come to 100.

    Attributes:
        excess_full: distance beyond the limit, relative to it, that earns all of ``excess``.
        duration_full_s: duration that earns all of ``duration``.
        recurrence_full: earlier alerts at the site in 30 days that earn all.
        vulnerability: points by kind of site; ``other`` for the rest.
        evidence: points by grade of evidence.
        verdict: points an officer's confirmation adds.
        corroborated: points that a finding of another device adds, once; beyond the 100 of the
            others, like the verdict's.
    """

    version: str
    provenance: Provenance
    severity: dict[str, float]
    excess: float
    excess_full: float
    duration: float
    duration_full_s: float
    recurrence: float
    recurrence_full: int
    vulnerability: dict[str, float]
    evidence: dict[str, float]
    verdict: float
    corroborated: float


class CreditParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Start, deductions by severity, how they fade, and the grades' lowest scores."""

    version: str
    provenance: Provenance
    start: float
    finding: dict[str, float]
    filed: dict[str, float]
    half_life_days: float
    expiry_days: float
    grade_a: float
    grade_b: float
    grade_c: float
    grades: Provenance
    expiry: Provenance

    @property
    def half_life_ms(self) -> float:
        """After this long a deduction weighs half."""
        return self.half_life_days * _DAY_MS

    @property
    def expiry_ms(self) -> int:
        """After this long a deduction is gone."""
        return int(self.expiry_days * _DAY_MS)


@lru_cache(maxsize=1)
def risk_parameters() -> RiskParameters:
    """The bundled figures of the risk model."""
    return msgspec.toml.decode(_read("risk.toml"), type=RiskParameters)


@lru_cache(maxsize=1)
def credit_parameters() -> CreditParameters:
    """The bundled figures of the credit model."""
    return msgspec.toml.decode(_read("credit.toml"), type=CreditParameters)


def _read(name: str) -> bytes:
    return files("pipelines.scoring").joinpath(name).read_bytes()
