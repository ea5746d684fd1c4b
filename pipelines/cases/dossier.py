"""Owns reading all there is on an alert into a dossier. Must not judge, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from detectors.catalogue import Catalogue
from pipelines.cases.gate import hindrances
from pipelines.cases.procedure import penalties
from pipelines.cases.types import (
    Around,
    Confirmed,
    Dossier,
    Hindrance,
    History,
    Package,
    PinnedObject,
    SignedReview,
)
from pipelines.quality.gate import sealed_points
from pipelines.quality.read import reviews_of
from pipelines.quality.review import Review
from pipelines.store import Database

DAY_MS = 86_400_000
PublicPem = Callable[[str], bytes]
"""The public half of a signing key by its id, PEM; raises KeyError."""


async def foreseen(
    database: Database, catalogue: Catalogue, public_pem: PublicPem, alert_id: str
) -> list[Hindrance] | None:
    """What would keep an alert from becoming a case, asked before or after anybody confirms.

    Returns:
        Empty when it may go; None where there is no such alert.
    """
    dossier = await dossier_of(database, catalogue, public_pem, alert_id, confirmed=None)
    return None if dossier is None else hindrances(dossier)


async def dossier_of(
    database: Database,
    catalogue: Catalogue,
    public_pem: PublicPem,
    alert_id: str,
    *,
    confirmed: Confirmed | None,
) -> Dossier | None:
    """What the gate asks of; None where there is no such alert."""
    alert = await database.row("cases_dossier", alert_id=alert_id)
    if alert is None:
        return None
    package = await _package(database, public_pem, alert_id)
    reviews, untrusted = await reviews_of(database, alert_id, public_pem)
    return Dossier(
        alert=alert,
        confirmed=confirmed,
        entry=catalogue.by_key(f"{alert['rule_id']}@{alert['rule_version']}"),
        package=package,
        quality=sealed_points(package.manifest) if package else (),
        reviews=reviews,
        untrusted=untrusted,
    )


async def completed(
    database: Database, public_pem: PublicPem, catalogue: Catalogue, dossier: Dossier
) -> Dossier:
    """The same with all that a case carries beside what the gate asks of."""
    alert = dossier.alert
    alert_id = alert["alert_id"]
    return replace(
        dossier,
        signed=await _signed(database, public_pem, alert_id, dossier.reviews),
        around=Around(
            papers=await database.rows("cases_papers", alert_id=alert_id),
            notices=await database.rows("cases_notices", alert_id=alert_id),
            answers=await database.rows("cases_party_answers", alert_id=alert_id),
            together=await database.rows(
                "cases_together", incident_id=alert["incident_id"], alert_id=alert_id
            ),
            clocks=await database.rows("cases_clocks", alert_id=alert_id),
            steps=await database.rows("cases_steps", alert_id=alert_id),
            history=await _history(database, catalogue, dossier),
        ),
    )


async def _package(database: Database, public_pem: PublicPem, alert_id: str) -> Package | None:
    row = await database.row("cases_evidence", alert_id=alert_id)
    if row is None:
        return None
    objects = await database.rows("cases_evidence_objects", evidence_id=row["evidence_id"])
    return Package(
        evidence_id=row["evidence_id"],
        manifest=bytes(row["manifest"]),
        manifest_sha256=row["manifest_sha256"],
        signature=bytes(row["signature"]),
        key_id=row["key_id"],
        public_key_pem=_pem(public_pem, row["key_id"]),
        sealed_at_ms=row["sealed_at_ms"],
        objects=tuple(PinnedObject(**item) for item in objects),
    )


async def _signed(
    database: Database, public_pem: PublicPem, alert_id: str, trusted: Sequence[Review]
) -> list[SignedReview]:
    known = {one.review_id: one for one in trusted}
    return [
        SignedReview(
            review=known[row["review_id"]],
            statement=bytes(row["statement"]),
            signature=bytes(row["signature"]),
            key_id=row["key_id"],
            public_key_pem=_pem(public_pem, row["key_id"]),
        )
        for row in await database.rows("quality_reviews", alert_id=alert_id)
        if row["review_id"] in known
    ]


async def _history(database: Database, catalogue: Catalogue, dossier: Dossier) -> History:
    """Earlier confirmed findings at the party under the same penalty's article."""
    alert, entry, days = dossier.alert, dossier.entry, penalties().window_days
    penalty = entry.penalty if entry else None
    rows = await database.rows(
        "cases_earlier",
        party_id=alert["party_id"],
        alert_id=alert["alert_id"],
        before_ms=alert["start_ms"],
        since_ms=alert["start_ms"] - days * DAY_MS,
    )
    same = 0
    for row in rows:
        other = catalogue.by_key(f"{row['rule_id']}@{row['rule_version']}")
        same += other is not None and other.penalty is not None and other.penalty == penalty
    said = await database.rows("cases_party_answers", alert_id=alert["alert_id"])
    corrected = any(one["kind"] == "rectified" for one in said)
    return History(earlier=same, window_days=days, corrected=corrected)


def _pem(public_pem: PublicPem, key_id: str) -> str:
    try:
        return public_pem(key_id).decode()
    except KeyError:
        return ""
