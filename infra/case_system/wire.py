"""Owns the shapes of the contract, from which its OpenAPI document is made. Must not judge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Confidence = Literal["V", "P", "GK", "eng"]
"""Of a fact of law: read in full, in an excerpt, general knowledge, engineering default."""
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
    confidence: Confidence
    note: str


class Step(Shape):
    """A step to think of, and on what law."""

    code: str
    said_zh: str
    said_en: str
    basis: str
    confidence: Confidence


class Range(Shape):
    """What may be imposed; amounts in yuan, null where none were read."""

    when: Literal["first", "repeated", "outbreak"]
    kinds: list[Literal["warning", "fine", "closure", "licence"]]
    min_cny: int | None
    max_cny: int | None
    suggested: bool


class SuggestedArticle(Shape):
    """An article that may apply, and its range of penalty."""

    name: str
    article: str
    violation_zh: str
    violation_en: str
    source: str
    confidence: Confidence
    ranges: list[Range]


class History(Shape):
    """What was confirmed of the party before, under the same article."""

    earlier: Annotated[int, Field(ge=0)]
    window_days: int
    corrected: bool = Field(description="the party proved that it was put right")
    source: str
    confidence: Confidence


class Suggestion(Shape):
    """Procedure, articles and range, with reasons: a suggestion; the case system decides."""

    procedure: Literal["simple", "general"]
    reason_zh: str
    reason_en: str
    basis: str
    confidence: Confidence
    when: Literal["first", "repeated"]
    history: History
    steps: list[Step]
    articles: list[SuggestedArticle]


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


class QualityPoint(Shape):
    """One point of the quality gate (OFF-13, OFF-16), as it was sealed."""

    code: str
    holds: bool
    reason: str


class Review(Shape):
    """A review that stands: what was signed, by whom (行政处罚法 art. 41)."""

    review_id: str
    kind: Literal["legal", "technical"]
    officer_id: str
    name_zh: str
    name_en: str
    role: str
    at_ms: EpochMs
    passed: bool
    words: str
    statement_base64: str = Field(description="the exact bytes that were signed")
    signature_base64: str = Field(description="Ed25519 over the statement")
    key_id: str
    public_key_pem: str


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
    quality: list[QualityPoint]
    reviews: Annotated[list[Review], Field(min_length=2, description="legal and technical")]


class Actor(Shape):
    """Who took a step before the case was handed over."""

    step: str
    officer_id: str
    name_zh: str
    name_en: str
    role: str
    at_ms: EpochMs


class Paper(Shape):
    """A paper of the device that was in force when it happened: consent, notice, ..."""

    kind: str
    number: str
    issued_by: str
    signed_by: str
    valid_from_ms: EpochMs
    valid_to_ms: EpochMs | None


class Notice(Shape):
    """What the party was told, how, and with what proof."""

    notice_id: str
    kind: str
    channel: str
    subject: str
    state: str
    queued_ms: EpochMs
    sent_ms: EpochMs | None
    delivered_ms: EpochMs | None
    read_ms: EpochMs | None
    service: bool = Field(description="went to an address the party had confirmed")
    proof: str = Field(description="of the last try: taken, delivered, failed, ...")
    content_sha256: str = Field(description="of what was sent; empty where unknown")


class PartyAnswer(Shape):
    """What the party said, and what it was answered."""

    answer_id: str
    kind: Literal["confirmed", "disputed", "rectified", "more_time"]
    words: str
    by_name: str
    at_ms: EpochMs
    late: bool
    digest: str
    reply: str
    reply_words: str
    reply_by: str


class Related(Shape):
    """Another finding of the same incident."""

    alert_id: str
    rule_id: str
    device_id: str
    start_ms: EpochMs
    state: str


class Incident(Shape):
    """What happened at the same site in one go."""

    incident_id: str
    findings: list[Related]


class Clock(Shape):
    """A time limit that ran or runs."""

    kind: str
    version: str
    started_ms: EpochMs
    due_ms: EpochMs
    state: str
    met_ms: EpochMs | None


CaseId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]


class CandidateCase(Shape):
    """A confirmed finding with its evidence, handed over for a decision."""

    contract: Literal["2.0"]
    case_id: CaseId
    revision: Annotated[int, Field(ge=1, description="a correction is the next; it replaces all")]
    revision_reason: str
    party: Party
    site: Site
    facts: Facts
    finding: Finding
    law: Law
    suggestion: Suggestion
    confirmation: Confirmation
    actors: list[Actor]
    evidence: Evidence
    papers: list[Paper]
    notices: list[Notice]
    party_answers: list[PartyAnswer]
    incident: Incident | None
    clocks: list[Clock]


class CaseEvent(Shape):
    """A case on its way: CloudEvents 1.0. ``id`` is the webhook id and the idempotency key."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(description="case_id, -r and the revision")]
    source: Annotated[str, Field(min_length=1)]
    type: Literal["vigil.case.handed-over"]
    subject: CaseId
    time: Annotated[
        str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
    ]
    datacontenttype: Literal["application/json"]
    dataschema: Literal["urn:vigil:contract:2.0:case"]
    data: CandidateCase


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
    revisions: list[int] = Field(description="every revision held, in order")
    status: str = Field(description="the newest step; received before the first")
    steps: list[str] = Field(description="every step so far, in order")


class Problem(Shape):
    """One thing that is wrong; ``code`` is from a closed set."""

    code: Literal[
        "bad_signature",
        "conflict",
        "digest_mismatch",
        "gone",
        "idempotency_key",
        "manifest_signature",
        "manifest_mismatch",
        "missing_object",
        "not_found",
        "out_of_order",
        "review_signature",
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


class Archive(Shape):
    """The closed file in the archive."""

    volume: str
    index_sha256: Sha256


class StatusData(Shape):
    """A step of a case (受理、立案、调查终结、合议、审批、告知、决定、送达、缴款、结案)."""

    case_id: CaseId
    revision: Annotated[int, Field(ge=1)]
    status: Literal[
        "accepted", "filed", "investigated", "reviewed", "approved", "told", "decided", "served",
        "paid", "closed", "refused", "annulled",
    ]  # fmt: skip
    reason: str = Field("", max_length=4000, description="required of refused and annulled")
    actor: str = Field("", max_length=200)
    document: str = Field("", max_length=200, description="number of the document")
    decision: Literal["", "penalty", "no_penalty"] = Field(
        "", description="of decided, and only of it"
    )
    amount_fen: int | None = Field(None, ge=0, description="the fine, or what was paid; 0.01 yuan")
    archive: Archive | None = Field(None, description="of closed")


class StatusEvent(Shape):
    """Sent to the callback address: CloudEvents 1.0; ``id`` is the ``webhook-id``."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    source: Annotated[str, Field(min_length=1, max_length=500)]
    type: Literal["vigil.case.status"]
    subject: CaseId
    time: str = Field(description="when it happened, RFC 3339 with a zone")
    datacontenttype: Literal["application/json"]
    dataschema: Literal["urn:vigil:contract:2.0:status"]
    data: StatusData
