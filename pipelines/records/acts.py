"""Owns which acts there are and how each must be recorded. Data with a door; judges nothing."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of act, see ``acts.toml``.

    Attributes:
        must: it must be recorded.
        continuous: without a break, and kept for long.
        permanent: may be kept for good on approval.
    """

    code: str
    zh: str
    en: str
    row: str
    article: str
    confidence: str
    must: bool = False
    continuous: bool = False
    permanent: bool = False


@cache
def acts() -> dict[str, Act]:
    """Every kind of act by its code."""
    path = Path(__file__).parent / "acts.toml"
    read = tomllib.loads(path.read_text("utf-8"))["act"]
    return {act.code: act for act in msgspec.convert(read, tuple[Act, ...])}
