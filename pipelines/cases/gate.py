"""Owns why a confirmed finding does not become a candidate case. Pure.

A finding that is withheld here can still start a visit; it lowers no official credit either, for
records that may not be evidence (行政处罚法 art. 41) may not cost anybody anything.
"""

from __future__ import annotations

from stdnum.cn import uscc

from pipelines.cases.types import Dossier, Hindrance, Package
from pipelines.quality.gate import hindering
from pipelines.quality.review import missing, standing


def hindrances(dossier: Dossier) -> list[Hindrance]:
    """Every reason to withhold the case; empty when it may go."""
    found = [*_standing(dossier), *_law(dossier), *_evidence(dossier)]
    if dossier.package is not None:
        found += [*_quality(dossier), *_reviews(dossier, dossier.package)]
    return found


def _standing(dossier: Dossier) -> list[Hindrance]:
    alert, found = dossier.alert, []
    if alert["grade"] != "evidence":
        reasons = ", ".join(str(r) for r in alert["grade_reasons"]) or "no reason given"
        found.append(Hindrance(code="not_evidence_grade", detail=f"{alert['grade']} ({reasons})"))
    if alert["staged"]:
        detail = f"{alert['rule_id']} is on trial and is never routed"
        found.append(Hindrance(code="staged_rule", detail=detail))
    if not uscc.is_valid(alert["uscc"]):
        detail = f"{alert['uscc']!r} is no unified social credit code (GB 32100-2015)"
        found.append(Hindrance(code="uscc_invalid", detail=detail))
    return found


def _law(dossier: Dossier) -> list[Hindrance]:
    alert, entry = dossier.alert, dossier.entry
    if entry is None:
        detail = f"the catalogue has no {alert['rule_id']}@{alert['rule_version']}"
        return [Hindrance(code="rule_unknown", detail=detail)]
    found = []
    if not entry.in_force(alert["start_ms"]):
        detail = f"{entry.key} was not in force when it happened"
        found.append(Hindrance(code="not_in_force", detail=detail))
    if entry.kind_of_finding != "breach":
        detail = f"{entry.key} finds a {entry.kind_of_finding}, no breach of a law that was read"
        found.append(Hindrance(code="not_a_breach", detail=detail))
    elif entry.penalty is None:
        found.append(Hindrance(code="no_penalty", detail=f"{entry.key} names no penalty"))
    return found


def _evidence(dossier: Dossier) -> list[Hindrance]:
    package = dossier.package
    if package is None:
        return [Hindrance(code="not_sealed", detail="no evidence was sealed")]
    found = []
    if not package.objects:
        found.append(Hindrance(code="nothing_pinned", detail="the manifest names no object"))
    if not package.public_key_pem:
        found.append(Hindrance(code="key_unknown", detail=f"no public key {package.key_id}"))
    return found


def _quality(dossier: Dossier) -> list[Hindrance]:
    if not dossier.quality:
        return [Hindrance(code="quality_failed", detail="the evidence was never judged")]
    bad = [f"{point.code} {point.reason}" for point in hindering(dossier.quality)]
    return [Hindrance(code="quality_failed", detail=", ".join(bad))] if bad else []


def _reviews(dossier: Dossier, package: Package) -> list[Hindrance]:
    """Unreviewed records are no evidence (行政处罚法 art. 41); two people review."""
    stand = standing(dossier.reviews, package.manifest_sha256)
    found = [Hindrance(code="review_missing", detail=f"{kind} review") for kind in missing(stand)]
    found += [
        Hindrance(code="review_failed", detail=f"{kind} review by {review.officer_id}")
        for kind, review in stand.items()
        if not review.passed
    ]
    if len({review.officer_id for review in stand.values()}) < len(stand):
        found.append(Hindrance(code="review_failed", detail="one person signed both reviews"))
    if missing(stand):
        found += [Hindrance(code="review_failed", detail=why) for why in dossier.untrusted]
    return found
