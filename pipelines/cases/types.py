"""Owns what a candidate case is made of. Must not know how it is stored or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detectors.catalogue import Entry
from detectors.catalogue.entry import Text
from pipelines.evidence.manifest import Point
from pipelines.quality.review import Review

Row = Mapping[str, Any]


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
class SignedReview:
    """A review as it was signed, for whoever wants to check it."""

    review: Review
    statement: bytes
    signature: bytes
    key_id: str
    public_key_pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was confirmed at the party before, for the same penalty's article.

    Attributes:
        earlier: confirmed findings within ``window_days`` before this one.
        corrected: the party proved that it was put right.
    """

    earlier: int = 0
    window_days: int = 0
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What lies around the finding; rows as ``cases.sql`` names their columns."""

    papers: Sequence[Row] = ()
    notices: Sequence[Row] = ()
    answers: Sequence[Row] = ()
    together: Sequence[Row] = ()
    clocks: Sequence[Row] = ()
    steps: Sequence[Row] = ()
    history: History = field(default_factory=History)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All there is on an alert.

    Attributes:
        alert: the row of ``alerts`` with party, site and place (``cases_dossier``).
        confirmed: None where nobody has confirmed yet, and the gate is only foreseen.
        entry: the catalogue's entry by which it was judged; None when the catalogue has none.
        package: None when nothing was sealed.
        quality: the gate's points, as they were sealed.
        reviews: every review signed of this alert's evidence, in order; one that cannot be trusted
            is left out and named in ``untrusted``.
    """

    alert: Row
    confirmed: Confirmed | None
    entry: Entry | None
    package: Package | None
    quality: Sequence[Point] = ()
    reviews: Sequence[Review] = ()
    signed: Sequence[SignedReview] = ()
    untrusted: Sequence[str] = ()
    around: Around = field(default_factory=Around)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One reason why no case is made.

    Attributes:
        code: from a closed set: ``hindrances.toml``.
        detail: what exactly, in codes.
        said: what is wrong, in words.
        mend: how it can be mended, in words; empty where it cannot.
        by: who can mend it: ``officer``, ``reviewer``, ``admin``, or ``rules`` (their keeper).
        how: ``onsite_check``, ``sample``, ``paper``, ``review``, ``register``, ``rules`` or
            ``reseal``; the likeliest first.
        about: what it is about: a paper, a kind of review, a point of quality; may be empty.
    """

    code: str
    detail: str
    said: Text
    mend: Text
    by: str
    how: tuple[str, ...]
    about: str = ""


def summary(hindrances: Sequence[Hindrance]) -> str:
    """All of them in one line, for the audit trail."""
    return "; ".join(f"{h.code}: {h.detail}" for h in hindrances)
