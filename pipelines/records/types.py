"""Owns what is said of a recording at its import, and what came of it. Must not store or judge."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from pipelines.records.checklist import Question
from pipelines.records.findings import Finding


class Secrecy(StrEnum):
    """Who may know of a recording's content at all (AV-20)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SECRET = "secret"  # noqa: S105  a class, no password


class Interrupted(StrEnum):
    """Why a session was interrupted (AV-18 to 20)."""

    FAULT = "fault"
    DAMAGE = "damage"
    WEATHER = "weather"
    BATTERY = "battery"
    STORAGE = "storage"
    SITE_CHANGE = "site_change"
    SEGMENTED = "segmented"
    SECRECY = "secrecy"
    FORCE_MAJEURE = "force_majeure"


class NotTaken(Exception):
    """A record, statement, act or check that cannot be taken; the text says what to do instead."""


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """A leader's approval of a late import (AV-23)."""

    approved_by: str
    reason: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of the files of one import.

    Attributes:
        officers: one or more ids, those who carried out the act.
        unit_id: the first officer's, if None.
        start_ms: epoch ms of each file's first picture; empty: as the files say.
        day: the day they were recorded on, Beijing time, ``2026-11-20``; empty: as the files say.
        session_id: files of one session share it; None makes one.
        answers: of the checklist, by question.
        off_office: outside of the unit's own rooms, where a landmark must be shown.
        imported_by: officer or archivist who does it.
    """

    officers: tuple[str, ...]
    device_id: str
    matter: str
    act: str
    place: str
    imported_by: str
    unit_id: str | None = None
    start_ms: tuple[int, ...] = ()
    day: str = ""
    party_id: str | None = None
    case_id: str | None = None
    secrecy: Secrecy = Secrecy.INTERNAL
    session_id: str | None = None
    delay: Delay | None = None
    answers: dict[str, str] = {}
    off_office: bool = True


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One file after its import.

    Attributes:
        already: it was here before, as it is told; nothing was changed.
        missing: questions of the checklist that remain open.
    """

    path: Path
    record_id: str
    session_id: str
    start_ms: int
    end_ms: int
    imported_ms: int
    due_ms: int
    already: bool = False
    findings: tuple[Finding, ...] = ()
    missing: tuple[Question, ...] = ()
