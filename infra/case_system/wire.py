"""Owns the shapes of the contract, from which its OpenAPI document is made. Must not judge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
EpochMs = Annotated[int, Field(ge=0, description="milliseconds since the Unix epoch, UTC")]


class Shape(BaseModel):
    """Everything on the wire: exact types, and fields of later minor versions are let through."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Party(Shape):
    """Who is supervised."""

    party_id: str
    uscc: Annotated[str, Field(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$", description="GB 32100-2015")]
    name_zh: str
    name_en: str


class Site(Shape):
    """The premises."""

    site_id: str
    kind: str
    name_zh: str
    name_en: str
    district_id: str


class Facts(Shape):
    """What happened: time, place, person concerned and form of the act."""

    start_ms: EpochMs
    end_ms: EpochMs | None
    detected_ms: EpochMs
    place_zh: str
    place_en: str
    person_concerned: str = Field(description="the unified social credit code of the party")
    form_zh: str
    form_en: str


class Finding(Shape):
    """The rule, its limits and the arithmetic, enough to judge again by hand."""

    alert_id: str
    rule_id: str
    rule_version: str
    severity: Literal["low", "medium", "high", "critical"]
    device_id: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    arithmetic: dict[str, float]


class Article(Shape):
    """A law, regulation or standard and the place in it."""

    name: str
    article: str


class Law(Shape):
    """The articles in force when it happened, and how sure the catalogue is of them."""

    breaks: Article
    penalty: Article
    source: str
    confidence: Literal["V", "P", "GK", "eng"]
    note: str


class Procedure(Shape):
    """A suggestion; the case system decides."""

    suggested: Literal["simple", "general"]
    reason: str
    basis: str


class Confirmation(Shape):
    """The officer who confirmed the finding."""

    officer_id: str
    name_zh: str
    name_en: str
    at_ms: EpochMs
    reason_code: str


class EvidenceObject(Shape):
    """One file of the package; uploaded before the case."""

    name: str
    role: str
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]
    media_type: str


class Evidence(Shape):
    """The package: the manifest's exact bytes, its signature, and what it names."""

    evidence_id: str
    manifest_base64: str = Field(description="the manifest's exact bytes, a JSON object")
    manifest_sha256: Sha256
    signature_base64: str = Field(description="Ed25519 over the manifest's exact bytes")
    key_id: str
    public_key_pem: str = Field(description="the Ed25519 public key that key_id names")
    sealed_at_ms: EpochMs
    objects: list[EvidenceObject]


class CandidateCase(Shape):
    """A confirmed finding with its evidence, handed over for a decision."""

    contract: Literal["1.0"]
    case_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]
    revision: Annotated[int, Field(ge=1)]
    party: Party
    site: Site
    facts: Facts
    finding: Finding
    law: Law
    procedure: Procedure
    confirmation: Confirmation
    evidence: Evidence


class Receipt(Shape):
    """The case is held; the same body again gets the same receipt."""

    receipt: str
    case_id: str


class Stored(Shape):
    """The object is held and its digest was checked."""

    sha256: Sha256
    size_bytes: int


class CaseStatus(Shape):
    """What became of a case."""

    case_id: str
    revision: int
    receipt: str
    payload_sha256: Sha256
    state: Literal["received", "decided"]
    decision: Literal["filed", "no_case", "annulled"] | None = None
    reason: str | None = None


class Problem(Shape):
    """One thing that is wrong; ``code`` is from a closed set."""

    code: Literal[
        "bad_signature",
        "conflict",
        "digest_mismatch",
        "manifest_signature",
        "manifest_mismatch",
        "missing_object",
        "not_found",
        "schema",
        "too_large",
        "unavailable",
    ]
    where: str
    detail: str


class Refusal(Shape):
    """Why the request was not carried out."""

    problems: list[Problem]


class Conflict(Refusal):
    """Another body is held for this case and revision: what it is."""

    receipt: str
    payload_sha256: Sha256


class DecisionData(Shape):
    """What was decided."""

    case_id: str
    decision: Literal["filed", "no_case", "annulled"]
    reason: str


class Decision(Shape):
    """Sent to the callback address as a Standard Webhooks message; ``id`` is the ``webhook-id``."""

    type: Literal["case.decided"]
    id: str
    timestamp: str = Field(description="when it was decided, ISO 8601, UTC")
    data: DecisionData
