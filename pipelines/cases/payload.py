"""Owns the data of a candidate case, per contract. Pure: the same dossier, the same data."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from detectors.catalogue import Citation, Entry
from detectors.types import digest_id
from pipelines.cases.envelope import CONTRACT
from pipelines.cases.procedure import suggest
from pipelines.cases.types import Confirmed, Dossier, Package, Row, SignedReview
from pipelines.evidence.manifest import Point
from pipelines.quality.review import standing


def case_id_of(alert_id: str) -> str:
    """One case an alert."""
    return digest_id("case", alert_id)


def facts_of(dossier: Dossier) -> dict[str, Any]:
    """All that a case says, but for its revision and the reason of that.

    Raises:
        ValueError: the gate did not pass this dossier.
    """
    entry, package, confirmed = dossier.entry, dossier.package, dossier.confirmed
    if entry is None or entry.penalty is None or package is None or confirmed is None:
        raise ValueError("a case without law, penalty, evidence or confirmation")
    alert, around = dossier.alert, dossier.around
    return {
        "contract": CONTRACT,
        "case_id": case_id_of(alert["alert_id"]),
        "party": _party(alert),
        "site": _site(alert),
        "facts": _facts(alert, entry),
        "finding": _finding(alert),
        "law": _law(entry, entry.penalty),
        "suggestion": suggest(entry.penalty, alert["severity"], around.history),
        "confirmation": _confirmation(confirmed),
        "actors": [dict(one) for one in around.steps],
        "evidence": _evidence(package, dossier.quality, _standing(dossier, package)),
        "papers": [dict(one) for one in around.papers],
        "notices": [dict(one) for one in around.notices],
        "party_answers": [dict(one) for one in around.answers],
        "incident": _incident(alert, around.together),
        "clocks": [dict(one) for one in around.clocks],
    }


def revised(facts: dict[str, Any], revision: int, reason: str) -> dict[str, Any]:
    """A case's data: its facts as of a revision, and why it was drawn up."""
    return {**facts, "revision": revision, "revision_reason": reason}


def digest_of(facts: dict[str, Any]) -> str:
    """SHA-256 of what the case says: the same digest, nothing to correct.

    Clocks run on and are told with the next revision; they alone make none.
    """
    told = {name: value for name, value in facts.items() if name != "clocks"}
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def _party(alert: Row) -> dict[str, Any]:
    return {
        "party_id": alert["party_id"],
        "uscc": alert["uscc"],
        "name_zh": alert["party_zh"],
        "name_en": alert["party_en"],
    }


def _site(alert: Row) -> dict[str, Any]:
    return {
        "site_id": alert["site_id"],
        "kind": alert["site_kind"],
        "name_zh": alert["site_zh"],
        "name_en": alert["site_en"],
        "district_id": alert["district_id"],
    }


def _facts(alert: Row, entry: Entry) -> dict[str, Any]:
    """OFF-16: time, place, person, form."""
    return {
        "start_ms": alert["start_ms"],
        "end_ms": alert["end_ms"],
        "detected_ms": alert["detected_ms"],
        "place_zh": alert["place_zh"],
        "place_en": alert["place_en"],
        "person_concerned": alert["uscc"],
        "form_zh": entry.title.zh,
        "form_en": entry.title.en,
    }


def _finding(alert: Row) -> dict[str, Any]:
    copied = ("alert_id", "rule_id", "rule_version", "severity", "device_id", "unit", "value")
    return {
        **{name: alert[name] for name in (*copied, "low", "high")},
        "arithmetic": {name: float(value) for name, value in alert["inputs"].items()},
    }


def _law(entry: Entry, penalty: Citation) -> dict[str, Any]:
    return {
        "breaks": {"name": entry.law.name, "article": entry.law.article},
        "penalty": {"name": penalty.name, "article": penalty.article},
        "source": entry.source,
        "confidence": entry.confidence,
        "note": entry.note,
    }


def _confirmation(confirmed: Confirmed) -> dict[str, Any]:
    return {
        "officer_id": confirmed.officer_id,
        "name_zh": confirmed.name_zh,
        "name_en": confirmed.name_en,
        "at_ms": confirmed.at_ms,
        "reason_code": confirmed.reason_code,
    }


def _incident(alert: Row, together: Iterable[Row]) -> dict[str, Any] | None:
    if not alert["incident_id"]:
        return None
    return {"incident_id": alert["incident_id"], "findings": [dict(one) for one in together]}


def _standing(dossier: Dossier, package: Package) -> list[SignedReview]:
    stand = standing(dossier.reviews, package.manifest_sha256)
    ids = {review.review_id for review in stand.values()}
    return [one for one in dossier.signed if one.review.review_id in ids]


def _evidence(
    package: Package, quality: Iterable[Point], reviews: Iterable[SignedReview]
) -> dict[str, Any]:
    return {
        "evidence_id": package.evidence_id,
        "manifest_base64": _base64(package.manifest),
        "manifest_sha256": package.manifest_sha256,
        "signature_base64": _base64(package.signature),
        "key_id": package.key_id,
        "public_key_pem": package.public_key_pem,
        "sealed_at_ms": package.sealed_at_ms,
        "objects": [
            {
                "name": item.name,
                "role": item.role,
                "sha256": item.sha256,
                "size_bytes": item.size_bytes,
                "media_type": item.media_type,
            }
            for item in package.objects
        ],
        "quality": [
            {"code": one.code, "holds": one.holds, "reason": one.reason} for one in quality
        ],
        "reviews": [_review(one) for one in reviews],
    }


def _review(one: SignedReview) -> dict[str, Any]:
    review = one.review
    return {
        "review_id": review.review_id,
        "kind": review.kind,
        "officer_id": review.officer_id,
        "name_zh": review.officer_zh,
        "name_en": review.officer_en,
        "role": review.role,
        "at_ms": review.at_ms,
        "passed": review.passed,
        "words": review.words,
        "statement_base64": _base64(one.statement),
        "signature_base64": _base64(one.signature),
        "key_id": one.key_id,
        "public_key_pem": one.public_key_pem,
    }


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
