"""Owns which quantity a code stands for: ``codes.toml``, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

TABLE = Path(__file__).parent / "codes.toml"


class Code(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the code table; see the head of ``codes.toml`` for ``confidence``."""

    code: str
    quantity: str
    unit: str
    name: dict[Literal["zh", "en"], str]
    source: str
    confidence: Literal["V", "P", "GK", "extension"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: list[Code]


@cache
def known_codes(path: Path = TABLE) -> dict[str, Code]:
    """The table by code.

    Raises:
        ValueError: the file is malformed or has a code twice.
    """
    entries = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Table).code
    table = {entry.code: entry for entry in entries}
    if len(table) != len(entries):
        raise ValueError(f"{path} has a code twice")
    return table
