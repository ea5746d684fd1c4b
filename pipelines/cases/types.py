"""Owns what a candidate case is made of. Must not know how it is stored or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detectors.catalogue import Entry
from pipelines.evidence.manifest import Point
from pipelines.quality.review import Review

CONTRACT = "1.0"
REVISION = 1  # an alert is confirmed once; corrections would raise it


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedObject:
    """One file of the evidence package."""

    name: str
    role: str
    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The sealed evidence of an alert. ``public_key_pem`` is empty when the key is not known."""

    evidence_id: str
    manifest: bytes
    manifest_sha256: str
    signature: bytes
    key_id: str
    public_key_pem: str
    sealed_at_ms: int
    objects: tuple[PinnedObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Who confirmed, when and on what ground."""

    officer_id: str
    name_zh: str
    name_en: str
    at_ms: int
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All there is on a confirmed alert.

    Attributes:
        alert: the row of ``alerts`` with party, site and place (``cases_dossier``).
        entry: the catalogue's entry by which it was judged; None when the catalogue has none.
        package: None when nothing was sealed.
        quality: the gate's points, as they were sealed.
        reviews: every review signed of this alert's evidence, in order; one that cannot be trusted
            is left out and named in ``untrusted``.
    """

    alert: Mapping[str, Any]
    confirmed: Confirmed
    entry: Entry | None
    package: Package | None
    quality: Sequence[Point] = ()
    reviews: Sequence[Review] = ()
    untrusted: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One reason why no case is made; ``code`` is from a closed set."""

    code: str
    detail: str


def summary(hindrances: Sequence[Hindrance]) -> str:
    """All of them in one line, for the audit trail."""
    return "; ".join(f"{h.code}: {h.detail}" for h in hindrances)
