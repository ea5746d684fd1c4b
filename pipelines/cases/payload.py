"""Owns the JSON of a candidate case, per contract. Pure: the same dossier, the same bytes."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from detectors.catalogue import Citation, Entry
from detectors.types import digest_id
from pipelines.cases.procedure import suggest
from pipelines.cases.types import CONTRACT, REVISION, Confirmed, Dossier, Package


def case_id_of(alert_id: str) -> str:
    """One case an alert."""
    return digest_id("case", alert_id)


def payload(dossier: Dossier) -> bytes:
    """The exact body that is signed and sent.

    Raises:
        ValueError: the gate did not pass this dossier.
    """
    entry, package = dossier.entry, dossier.package
    if entry is None or entry.penalty is None or package is None:
        raise ValueError("a case without law, penalty or evidence")
    alert = dossier.alert
    body: dict[str, Any] = {
        "contract": CONTRACT,
        "case_id": case_id_of(alert["alert_id"]),
        "revision": REVISION,
        "party": {
            "party_id": alert["party_id"],
            "uscc": alert["uscc"],
            "name_zh": alert["party_zh"],
            "name_en": alert["party_en"],
        },
        "site": {
            "site_id": alert["site_id"],
            "kind": alert["site_kind"],
            "name_zh": alert["site_zh"],
            "name_en": alert["site_en"],
            "district_id": alert["district_id"],
        },
        "facts": {
            "start_ms": alert["start_ms"],
            "end_ms": alert["end_ms"],
            "detected_ms": alert["detected_ms"],
            "place_zh": alert["place_zh"],
            "place_en": alert["place_en"],
            "person_concerned": alert["uscc"],
            "form_zh": entry.title.zh,
            "form_en": entry.title.en,
        },
        "finding": _finding(dossier),
        "law": _law(entry, entry.penalty),
        "procedure": suggest(entry.penalty, alert["severity"]),
        "confirmation": _confirmation(dossier.confirmed),
        "evidence": _evidence(package),
    }
    return msgspec.json.encode(body, order="deterministic")


def _finding(dossier: Dossier) -> dict[str, Any]:
    alert = dossier.alert
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


def _evidence(package: Package) -> dict[str, Any]:
    return {
        "evidence_id": package.evidence_id,
        "manifest_base64": base64.b64encode(package.manifest).decode(),
        "manifest_sha256": package.manifest_sha256,
        "signature_base64": base64.b64encode(package.signature).decode(),
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
    }
