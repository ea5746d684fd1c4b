"""Owns what a sealed manifest says and how it becomes bytes. Must not read or store anything.

Its canonical bytes (``canonical.py``) are signed as they are: ``openssl pkeyutl -verify -rawin``
checks one without Vigil. Floats are strings, times are epoch milliseconds UTC beside ISO 8601.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from pipelines.evidence.canonical import canonical

FORMAT = "vigil-evidence-manifest/2"


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule rests on, as the catalogue had it in force when the act happened.

    Attributes:
        known: False when the catalogue of the sealing worker does not hold this rule and version.
        confidence: the catalogue's mark of how sure the source is.
    """

    known: bool
    title_zh: str = ""
    title_en: str = ""
    name: str = ""
    article: str = ""
    penalty_name: str = ""
    penalty_article: str = ""
    source: str = ""
    confidence: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that was broken, and the law it stands for."""

    id: str
    version: str
    severity: str
    law: Law


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Whose premises, which point of them, which device."""

    party_id: str
    party_zh: str
    party_en: str
    uscc: str
    site_id: str
    site_zh: str
    site_en: str
    place: str
    place_zh: str
    place_en: str
    device_id: str
    device_kind: str
    device_model: str


class When(msgspec.Struct, frozen=True, kw_only=True):
    """Event time of the spell.

    Attributes:
        clock_offset_ms: the device's clock minus true time, by its last clock check, else by what
            capture noted of a camera's stream; None when nobody knows.
        clock_uncertainty_ms: how far the times may be off; None when nobody knows.
        clock_document: id of that check's document.
        ended_ms: None when the spell had not ended at sealing.
    """

    start_ms: int
    start: str
    detected_ms: int
    detected: str
    ended_ms: int | None
    clock_offset_ms: int | None
    clock_uncertainty_ms: int | None
    clock_document: str


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, against what, and the arithmetic to recompute it by hand."""

    series_id: int | None
    unit: str
    value: str | None
    low: str | None
    high: str | None
    inputs: dict[str, str]


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document in force for a device when the spell began."""

    device_id: str
    document_id: str
    kind: str
    number: str
    issued_by: str
    valid_from_ms: int
    valid_to_ms: int | None
    clock_offset_ms: int | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence may be used for, and why, with the papers that say so."""

    grade: str
    reasons: list[str]
    papers: list[Paper]


class SealedObject(msgspec.Struct, frozen=True, kw_only=True):
    """One stored object.

    Attributes:
        role: ``part``, ``clip``, ``poster``, ``readings`` or ``raw``.
        sm3: GB/T 32905 beside SHA-256, for readers who must use it.
        derived_from: names of the objects it was made of; empty for an original.
    """

    role: str
    name: str
    sha256: str
    sm3: str
    size_bytes: int
    media_type: str
    derived_from: list[str] = []


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Missing footage, and why."""

    start_ms: int
    end_ms: int
    reason: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How far a camera's clip covers the span that was wanted.

    Attributes:
        clip: name of the clip object; empty when there is none.
        parts: names of the pinned recording parts (role ``part``) it was copied from, in order.
    """

    camera_id: str
    clip: str
    wanted_from_ms: int
    wanted_to_ms: int
    start_ms: int | None
    end_ms: int | None
    gaps: list[Span]
    parts: list[str]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One frame a detector judged, by the digest taken when it was judged.

    Attributes:
        model: which model looked: its name, version and the first 12 hex digits of its SHA-256;
            empty where that was not recorded.
    """

    camera_id: str
    time_ms: int
    people: int
    frame_sha256: str
    model: str


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of the camera's picture that the rule looked at.

    Attributes:
        polygon: corners as fractions of the picture, each ``[x, y]`` as ``canonical.number``.
        limit: of a ``crowd`` zone, the licensed number of people; else 0.
        active: ``always``, or only while the site is ``open`` or ``shut``.
    """

    zone_id: str
    kind: str
    limit: int
    active: str
    polygon: list[list[str]]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the quality gate (``pipelines.quality``).

    Attributes:
        code: ``clear``, ``continuous``, ``stable``, ``complete``, ``time``, ``place``, ``subject``
            (the person or object) or ``act``.
        measured: what was measured, by name; numbers as ``canonical.number``.
        reason: a code of why it fails; empty when it holds.
    """

    code: str
    holds: bool
    measured: dict[str, str]
    reason: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the evidence itself that a reader must know.

    Attributes:
        kind: ``digest_mismatch`` (stored bytes are not those that arrived), ``raw_omitted``
            (more messages than are pinned), ``no_readings``; of recording parts, by what was told
            when they were recorded: ``part_mismatch`` (other bytes), ``part_unknown`` (never told
            of) or ``part_missing`` (told of, and not there).
    """

    kind: str
    subject: str
    detail: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a sealed piece of evidence says.

    Attributes:
        model_sha256: digest of the file of the model that made ``looks``; empty where no model
            looked, or where it was another one than the sealing worker holds: then ``looks`` tell
            its name, version and the start of its digest.
        thresholds: the parameters the rule version judged by, as strings.
        source_signed: whether the devices signed what they sent; none that we know of do, so the
            first digest is taken on receipt (raw messages) or when a part is recorded.
    """

    format: str = FORMAT
    evidence_id: str
    alert_id: str
    staged: bool
    rule: Rule
    where: Where
    when: When
    measured: Measured
    standing: Standing
    objects: list[SealedObject]
    footage: list[Coverage]
    looks: list[Look]
    model_sha256: str
    zones: list[Zone]
    thresholds: dict[str, str]
    quality: list[Point]
    findings: list[Finding]
    source_signed: bool = False
    sealed_at_ms: int
    sealed_at: str


def encode(manifest: Manifest) -> bytes:
    """The bytes that are hashed and signed."""
    return canonical(msgspec.to_builtins(manifest))


def decode(data: bytes) -> Manifest:
    """Reads a manifest back.

    Raises:
        ValueError: not JSON, not this shape, not canonical, or of another format.
    """
    manifest = read(data)
    if encode(manifest) != data:
        raise ValueError("not in canonical form")
    return manifest


def read(data: bytes) -> Manifest:
    """Reads bytes that are known to be as they were sealed: their form is not checked again.

    Raises:
        ValueError: not JSON, not this shape, or of another format.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if manifest.format != FORMAT:
        raise ValueError(f"format {manifest.format!r}, this program reads {FORMAT!r}")
    return manifest


def iso(time_ms: int) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"
