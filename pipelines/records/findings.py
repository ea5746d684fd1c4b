"""Owns what a finding about a recording is, and its words. A lead for a person, never a verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

Measured = dict[str, int | float | str]
SEVERITIES = ("high", "medium", "low")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A code's severity and its sentences; ``{names}`` are measured values, ``{at}`` the place.

    Attributes:
        edit: it may mean that the file was edited.
    """

    severity: str
    zh: str
    en: str
    edit: bool = True


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not look like an untouched recording.

    Attributes:
        at_s: where, seconds from the file's start; None for the whole file.
        measured: what was measured, by name.
    """

    code: str
    severity: str
    zh: str
    en: str
    at_s: float | None = None
    measured: Measured = {}


def found(code: str, *, at_s: float | None = None, severity: str = "", **measured: Any) -> Finding:
    """A finding in the words of ``findings.toml``.

    Args:
        severity: another than the usual one.
    """
    words = known()[code]
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in measured.items()}
    at = "" if at_s is None else place(at_s)
    return Finding(
        code=code, severity=severity or words.severity, measured=rounded,
        at_s=None if at_s is None else round(at_s, 3),
        zh=words.zh.format(at=at, **rounded), en=words.en.format(at=at, **rounded),
    )  # fmt: skip


def graver(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first, then by place."""
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.at_s or 0.0)))


@cache
def known() -> dict[str, Words]:
    """Every code with its words."""
    path = Path(__file__).parent / "findings.toml"
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Words])


def place(at_s: float) -> str:
    """A place in a file: ``1:02:03.4``."""
    tenths = round(at_s * 10)
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"
