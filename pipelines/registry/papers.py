"""Owns one question: may what this device shows be evidence, a lead only, or nothing?

Administrative Penalty Law art. 41 (legal and technical review, marked and published devices) and
OFF-11/OFF-12 (verification, signed installation, evidentiary notice, consent, public sign).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

MAX_CLOCK_OFFSET_MS = 1000
"""A device this far from UTC cannot say when something happened (engineering default)."""


class Paper(StrEnum):
    """What must be on file for a device."""

    CERTIFICATE = "verification_certificate"
    CONSENT = "installation_consent"
    NOTICE = "public_notice"
    LEGAL = "legal_review"
    TECHNICAL = "technical_review"
    CLOCK = "clock_check"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One paper of one device, in force from ``valid_from_ms`` until before ``valid_to_ms``."""

    document_id: str
    device_id: str
    kind: Paper
    number: str
    issued_by: str
    valid_from_ms: int
    valid_to_ms: int | None = None
    clock_offset_ms: int | None = None

    def in_force(self, at_ms: int) -> bool:
        """Whether the paper covers the moment."""
        return self.valid_from_ms <= at_ms and (
            self.valid_to_ms is None or at_ms < self.valid_to_ms
        )


class Grade(StrEnum):
    """What a finding of a device is worth."""

    EVIDENCE = "evidence"
    LEAD = "lead"
    NOTHING = "nothing"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The grade, every reason against, and the papers in force.

    Attributes:
        reasons: ``missing:KIND``, ``expired:KIND``, ``not_yet:KIND`` or ``clock_off``.
    """

    grade: Grade
    reasons: tuple[str, ...]
    papers: tuple[Document, ...]


def standing(documents: Iterable[Document], at_ms: int) -> Standing:
    """Answers for one device and one moment, from all of its documents."""
    known = sorted(documents, key=lambda d: (d.valid_from_ms, d.document_id))  # the newest counts
    in_force = {d.kind: d for d in known if d.in_force(at_ms)}
    reasons = [_why_not(kind, known, at_ms) for kind in Paper if kind not in in_force]
    clock = in_force.get(Paper.CLOCK)
    if clock is not None and abs(clock.clock_offset_ms or 0) > MAX_CLOCK_OFFSET_MS:
        reasons.append("clock_off")
    papers = tuple(in_force[kind] for kind in Paper if kind in in_force)
    return Standing(grade=_grade(known, reasons), reasons=tuple(reasons), papers=papers)


def _grade(known: list[Document], reasons: list[str]) -> Grade:
    if not known:
        return Grade.NOTHING
    return Grade.LEAD if reasons else Grade.EVIDENCE


def _why_not(kind: Paper, known: list[Document], at_ms: int) -> str:
    of_kind = [d for d in known if d.kind is kind]
    if not of_kind:
        return f"missing:{kind}"
    if all(d.valid_from_ms > at_ms for d in of_kind):
        return f"not_yet:{kind}"
    return f"expired:{kind}"
