"""Owns whether reminding the party first is proposed for a finding, and why. Pure, from data.

A proposal only: which move is made is the officer's decision.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text for people in both languages."""

    zh: str
    en: str


class RemindFirst(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule as data.

    Attributes:
        days: so far back a finding of the same rule makes it no first time.
        confidence: of the law named; ``figures``: of the figures.
    """

    severities: tuple[str, ...]
    findings: tuple[str, ...]
    days: int
    basis: Said
    confidence: str
    figures: str

    def proposed(self, *, severity: str, finding: str, earlier: int) -> bool:
        """Whether a reminder is proposed.

        Args:
            finding: kind of finding of the rule's version (``Entry.kind_of_finding``).
            earlier: findings of the rule at this party that stood, in the last ``days``.
        """
        return severity in self.severities and finding in self.findings and not earlier


@cache
def remind_first() -> RemindFirst:
    """The bundled rule."""
    text = files(__package__).joinpath("remind_first.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), RemindFirst)
