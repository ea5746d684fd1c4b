"""Owns every text that people read on the site and the boards, in zh-CN and English, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, cast

from detectors.catalogue.quantities import QUANTITIES

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue(language: Language) -> dict[str, str]:
    """All texts of a language by dotted key, e.g. ``queue.empty``.

    They lie in a folder a language, a file a room; several files may add to one table.

    Raises:
        ValueError: two files give the same key.
    """
    measured = {f"quantity.{q.name}": getattr(q.title, language) for q in QUANTITIES.values()}
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.toml")):
        more = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))
        if twice := found.keys() & more.keys():
            raise ValueError(f"{path}: given elsewhere already: {sorted(twice)}")
        found |= more
    return measured | found


def text(language: Language, key: str, /, **values: object) -> str:
    """One text, with ``{names}`` filled in.

    Raises:
        KeyError: the catalogue has no such text.
    """
    found = catalogue(language)[key]
    return found.format(**values) if values else found


def name_of(language: Language, group: str, code: str) -> str:
    """The text of a code that data brings (a unit, a state); the code itself when it has none."""
    return catalogue(language).get(f"{group}.{code}", code)


def _flat(table: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(cast("dict[str, object]", value), f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found
