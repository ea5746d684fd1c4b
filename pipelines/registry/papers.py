"""Owns one question: may what this device shows be evidence, a lead only, or nothing?

Administrative Penalty Law art. 41 (legal and technical review, marked and published devices),
OFF-11/OFF-12 (verification, signed installation, evidentiary notice, consent, public sign) and
OFF-23 (damage). Pure: everything on record about one device, and a moment.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

MAX_CLOCK_OFFSET_MS = 1000
"""A device this far from UTC cannot say when something happened (engineering default)."""


class Paper(StrEnum):
    """What must be on file for a device."""

    CERTIFICATE = "verification_certificate"
    CONSENT = "installation_consent"
    NOTICE = "evidentiary_notice"
    SIGN = "public_sign"
    PUBLISHED = "published_location"
    LEGAL = "legal_review"
    TECHNICAL = "technical_review"
    CLOCK = "clock_check"


REASONS = (
    "missing", "expired", "not_yet", "unsigned", "moved_since", "clock_off", "under_maintenance",
    "damaged", "not_placed", "removed",
)  # fmt: skip
"""Every reason that keeps a finding from being evidence; the first five name a paper."""

TRAVELS = frozenset({Paper.CERTIFICATE, Paper.CLOCK})
"""Papers that stay good when the device moves; the others speak of the place it stood at."""
SIGNED = frozenset({Paper.CONSENT})
"""Papers that count only with the name of who signed."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that holds from ``valid_from_ms`` until before ``valid_to_ms``."""

    valid_from_ms: int
    valid_to_ms: int | None = None

    def in_force(self, at_ms: int) -> bool:
        """Whether it covers the moment."""
        return covers(self.valid_from_ms, self.valid_to_ms, at_ms)


class Document(Span, frozen=True, kw_only=True):
    """One paper of one device.

    Attributes:
        signed_by: who signed for the party; a consent without it does not count.
        clock_offset_ms: of a clock check, the device's clock minus true time.
    """

    document_id: str
    device_id: str
    kind: Paper
    number: str
    issued_by: str
    signed_by: str = ""
    clock_offset_ms: int | None = None


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """A device stood at a point from ``from_ms`` until before ``to_ms``."""

    placement_id: str
    device_id: str
    point_id: str
    from_ms: int = 0
    to_ms: int | None = None

    def covers(self, at_ms: int) -> bool:
        """Whether the device stood there at the moment."""
        return covers(self.from_ms, self.to_ms, at_ms)


class Maintenance(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody worked on the device: nothing it showed meanwhile is evidence."""

    maintenance_id: str
    device_id: str
    from_ms: int
    to_ms: int | None = None
    why: str = ""

    def covers(self, at_ms: int) -> bool:
        """Whether it was going on at the moment."""
        return covers(self.from_ms, self.to_ms, at_ms)


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """The device was damaged, moved or taken down without leave, until it was restored."""

    damage_id: str
    device_id: str
    at_ms: int
    restored_ms: int | None = None
    what: str = ""
    by_whom: str = ""
    compensation: str = ""

    def covers(self, at_ms: int) -> bool:
        """Whether it was unrepaired at the moment."""
        return covers(self.at_ms, self.restored_ms, at_ms)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on record about one device."""

    documents: tuple[Document, ...] = ()
    placements: tuple[Placement, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    damages: tuple[Damage, ...] = ()
    installed_ms: int = 0
    removed_ms: int | None = None


class Grade(StrEnum):
    """What a finding of a device is worth."""

    EVIDENCE = "evidence"
    LEAD = "lead"
    NOTHING = "nothing"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The grade, every reason against, and the papers in force.

    Attributes:
        reasons: ``missing:KIND``, ``expired:KIND``, ``not_yet:KIND``, ``unsigned:KIND``,
            ``moved_since:KIND``, ``clock_off``, ``under_maintenance``, ``damaged``,
            ``not_placed`` or ``removed``.
        papers: per kind the newest that counts, in the order of ``Paper``.
    """

    grade: Grade
    reasons: tuple[str, ...]
    papers: tuple[Document, ...]


def standing(facts: Facts, at_ms: int) -> Standing:
    """Answers for one device and one moment. No grade but evidence has no reasons, and it none."""
    moved_ms = _moved_ms(facts, at_ms)
    papers: list[Document] = []
    reasons: list[str] = []
    for kind in Paper:
        of_kind = [d for d in facts.documents if d.kind is kind]
        good = [d for d in of_kind if _counts(d, at_ms, moved_ms)]
        if good:
            papers.append(max(good, key=lambda d: (d.valid_from_ms, d.document_id)))
        else:
            reasons.append(f"{_why_not(of_kind, at_ms)}:{kind.value}")
    reasons += ["clock_off" for d in papers if _clock_off(d)]
    reasons += _circumstances(facts, at_ms)
    return Standing(grade=_grade(facts, reasons), reasons=tuple(reasons), papers=tuple(papers))


def covers(from_ms: int, to_ms: int | None, at_ms: int) -> bool:
    """Whether a span holds at a moment: its first belongs to it, its last does not."""
    return from_ms <= at_ms and (to_ms is None or at_ms < to_ms)


def _counts(document: Document, at_ms: int, moved_ms: int | None) -> bool:
    if not document.in_force(at_ms) or (document.kind in SIGNED and not document.signed_by):
        return False
    stays = document.kind in TRAVELS or moved_ms is None
    return stays or document.valid_from_ms >= (moved_ms or 0)


def _why_not(of_kind: list[Document], at_ms: int) -> str:
    if not of_kind:
        return "missing"
    if in_force := [d for d in of_kind if d.in_force(at_ms)]:
        unsigned = all(d.kind in SIGNED and not d.signed_by for d in in_force)
        return "unsigned" if unsigned else "moved_since"
    return "not_yet" if all(d.valid_from_ms > at_ms for d in of_kind) else "expired"


def _clock_off(document: Document) -> bool:
    off = abs(document.clock_offset_ms or 0) > MAX_CLOCK_OFFSET_MS
    return document.kind is Paper.CLOCK and off


def _moved_ms(facts: Facts, at_ms: int) -> int | None:
    """When the device came to where it stood, if it had stood elsewhere before."""
    before = [p for p in facts.placements if p.from_ms <= at_ms]
    return max(p.from_ms for p in before) if len({p.point_id for p in before}) > 1 else None


def _circumstances(facts: Facts, at_ms: int) -> list[str]:
    found = []
    if any(spell.covers(at_ms) for spell in facts.maintenance):
        found.append("under_maintenance")
    if any(damage.covers(at_ms) for damage in facts.damages):
        found.append("damaged")
    if facts.removed_ms is not None and at_ms >= facts.removed_ms:
        found.append("removed")
    elif at_ms < facts.installed_ms or not any(p.covers(at_ms) for p in facts.placements):
        found.append("not_placed")
    return found


def _grade(facts: Facts, reasons: list[str]) -> Grade:
    if not facts.documents or {"removed", "not_placed"} & set(reasons):
        return Grade.NOTHING
    return Grade.LEAD if reasons else Grade.EVIDENCE
