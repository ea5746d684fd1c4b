"""Owns turning what was gathered into a manifest and a notice. Pure: must not read or store."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.catalogue.load import Catalogue
from pipelines.evidence.canonical import number
from pipelines.evidence.gather import Case, Gathered
from pipelines.evidence.manifest import (
    Law,
    Manifest,
    Measured,
    Rule,
    Standing,
    When,
    Where,
    iso,
)
from pipelines.evidence.seal import QueuedNotice, evidence_id, notice_id
from pipelines.notices.compose import Seen, compose
from pipelines.quality.gate import points

Row = dict[str, Any]


def manifest_of(
    case: Case, gathered: Gathered, catalogue: Catalogue, *, model_sha256: str, sealed_at_ms: int
) -> Manifest:
    """The manifest of one alert's evidence."""
    alert = case.alert
    manifest = Manifest(
        evidence_id=evidence_id(case.alert_id),
        alert_id=case.alert_id,
        staged=alert["staged"],
        rule=Rule(
            id=alert["rule_id"],
            version=alert["rule_version"],
            severity=alert["severity"],
            law=law_of(catalogue, alert["rule_id"], alert["rule_version"]),
        ),
        where=Where(**{field: alert[field] for field in Where.__struct_fields__}),
        when=_when(case),
        measured=_measured(alert),
        standing=Standing(
            grade=alert["grade"], reasons=list(alert["grade_reasons"]), papers=case.papers
        ),
        objects=sorted(gathered.objects, key=lambda item: item.name),
        footage=gathered.footage,
        looks=case.looks,
        model_sha256=_looked(case, model_sha256),
        zones=case.zones,
        thresholds=thresholds_of(catalogue, alert["rule_id"], alert["rule_version"]),
        quality=[],
        findings=gathered.findings,
        sealed_at_ms=sealed_at_ms,
        sealed_at=iso(sealed_at_ms),
    )
    return msgspec.structs.replace(manifest, quality=points(manifest, gathered.around))


def law_of(catalogue: Catalogue, rule_id: str, version: str) -> Law:
    """What the catalogue says of one version of a rule."""
    entry = catalogue.by_key(f"{rule_id}@{version}")
    if entry is None:
        return Law(known=False)
    return Law(
        known=True,
        title_zh=entry.title.zh,
        title_en=entry.title.en,
        name=entry.law.name,
        article=entry.law.article,
        penalty_name=entry.penalty.name if entry.penalty else "",
        penalty_article=entry.penalty.article if entry.penalty else "",
        source=entry.source,
        confidence=entry.confidence,
    )


def thresholds_of(catalogue: Catalogue, rule_id: str, version: str) -> dict[str, str]:
    """Every figure one version of a rule judges by; none where the catalogue does not hold it."""
    entry = catalogue.by_key(f"{rule_id}@{version}")
    if entry is None:
        return {}
    figures = {name: getattr(entry, name) for name in _FIGURES} | entry.parameters
    found = {name: number(value) or "" for name, value in figures.items() if value is not None}
    return found | {"statistic": entry.statistic, "when": entry.when, "unit": entry.unit}


_FIGURES = ("low", "high", "hysteresis", "average_s", "lasts_s", "clears_s")


def notice_of(case: Case, manifest: Manifest, *, answer_to: str) -> QueuedNotice:
    """The notice to the party that the alert is about."""
    alert, law = case.alert, manifest.rule.law
    text = compose(
        Seen(
            number=notice_id(case.alert_id)[:12],
            **{f: alert[f] for f in _NAMES},
            title_zh=law.title_zh or manifest.rule.id,
            title_en=law.title_en or manifest.rule.id,
            start_ms=alert["start_ms"],
            detected_ms=alert["detected_ms"],
            value=alert["value"],
            unit=alert["unit"],
            low=alert["low"],
            high=alert["high"],
            law=f"{law.name} {law.article}".strip(),
            photographed=any(item.role == "clip" for item in manifest.objects),
            answer_to=answer_to,
        )
    )
    return QueuedNotice(
        party_id=alert["party_id"],
        subject=text.subject,
        body=text.body,
        short=text.short,
    )


_NAMES = ("party_zh", "party_en", "site_zh", "site_en", "place_zh", "place_en")


def _looked(case: Case, in_use_sha256: str) -> str:
    """The model's digest, where it is that of the model which looked."""
    if case.alert["device_kind"] != "camera":
        return ""
    starts = {look.model.rpartition("/")[2] for look in case.looks if look.model}
    return in_use_sha256 if all(in_use_sha256.startswith(start) for start in starts) else ""


def _when(case: Case) -> When:
    alert = case.alert
    checks = [
        paper
        for paper in case.papers
        if paper.kind == "clock_check" and paper.device_id == alert["device_id"]
    ]
    check = checks[-1] if checks else None  # they come in order of issue: the newest holds
    return When(
        start_ms=alert["start_ms"],
        start=iso(alert["start_ms"]),
        detected_ms=alert["detected_ms"],
        detected=iso(alert["detected_ms"]),
        ended_ms=alert["end_ms"],
        clock_offset_ms=check.clock_offset_ms if check else case.clock.get("offset_ms"),
        clock_uncertainty_ms=case.clock.get("uncertainty_ms"),
        clock_document=check.document_id if check else "",
    )


def _measured(alert: Row) -> Measured:
    return Measured(
        series_id=alert["series_id"],
        unit=alert["unit"],
        value=number(alert["value"]),
        low=number(alert["low"]),
        high=number(alert["high"]),
        inputs={name: number(value) or "" for name, value in alert["inputs"].items()},
    )
