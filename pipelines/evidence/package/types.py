"""Owns what is asked of an export and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class NotExported(Exception):
    """A package could not be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Who takes evidence out, with whose approval, and why.

    Attributes:
        extractor: officer who copies it (提取人).
        approved_by: leader who approved; another person than the extractor.
        maker: officer who answers for the written explanation (制作人); the extractor when empty.
    """

    alert_id: str
    extractor: str
    approved_by: str
    reason: str
    at_ms: int
    maker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An officer as the package names him or her."""

    officer_id: str
    name_zh: str
    name_en: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The three who answer for a package."""

    maker: Person
    extractor: Person
    approved_by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A package that was made.

    Attributes:
        path: the folder, or the zip file.
        sums_sha256: digest of its SHA256SUMS, as the log has it.
    """

    export_id: str
    path: Path
    sums_sha256: str
