"""Owns reading the catalogue's TOML into checked entries. Must not judge readings or pictures."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from detectors.catalogue.check import overlaps, problems
from detectors.catalogue.entry import ANY, Entry


class CatalogueError(ValueError):
    """The catalogue cannot be used. The text names the file and the entry."""


class Catalogue:
    """Every rule that is or was in force. Immutable; look-ups are remembered."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._by_key = {entry.key: entry for entry in entries}
        self._by_series: dict[tuple[str, str], tuple[Entry, ...]] = {}

    def in_force(self, at_ms: int) -> tuple[Entry, ...]:
        """The entries in force at a moment: judge an act by the moment it happened."""
        return tuple(entry for entry in self.entries if entry.in_force(at_ms))

    def entry(self, rule_id: str, version: str) -> Entry:
        """One version of one rule.

        Raises:
            KeyError: the catalogue has no such entry.
        """
        return self._by_key[f"{rule_id}@{version}"]

    def by_key(self, key: str) -> Entry | None:
        """The entry called ``id@version``, or None."""
        return self._by_key.get(key)

    def for_series(self, site_kind: str, quantity: str) -> tuple[Entry, ...]:
        """All versions of all entries that judge this quantity at this kind of site."""
        asked = (site_kind, quantity)
        if asked not in self._by_series:
            self._by_series[asked] = tuple(e for e in self.entries if e.covers(*asked))
        return self._by_series[asked]

    def for_camera(self, site_kind: str, at_ms: int) -> tuple[Entry, ...]:
        """Vision entries in force at a moment for cameras at this kind of site."""
        return tuple(
            entry
            for entry in self.entries
            if entry.kind == "vision"
            and entry.in_force(at_ms)
            and (ANY in entry.site_kinds or site_kind in entry.site_kinds)
        )


def load(folder: Path | None = None) -> Catalogue:
    """Reads every ``*.toml`` of a folder, by default the catalogue that ships with Vigil.

    Each file holds an array of tables ``[[entry]]``.

    Raises:
        CatalogueError: not TOML, an unknown or wrong field, or entries that contradict.
    """
    files = sorted((folder or Path(__file__).parent).glob("*.toml"))
    if not files:
        raise CatalogueError(f"no *.toml in {folder}")
    return parse({path.name: path.read_text(encoding="utf-8") for path in files})


def parse(texts: dict[str, str]) -> Catalogue:
    """Builds a catalogue from TOML texts by file name.

    Raises:
        CatalogueError: as ``load``.
    """
    placed = [(name, entry) for name, text in texts.items() for entry in _entries(name, text)]
    clashes = overlaps([entry for _, entry in placed])
    if clashes:
        first, second = clashes[0]
        where = ", ".join(sorted({n for n, e in placed if e.id == first.id}))
        raise CatalogueError(
            f"{where}: entry {first.id}: versions {first.version} and {second.version} "
            "are in force at the same time or are the same; end one with valid_to"
        )
    return Catalogue(tuple(entry for _, entry in placed))


def _entries(name: str, text: str) -> list[Entry]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{name}: not TOML: {error}") from error
    unknown = sorted(table.keys() - {"entry"})
    if unknown:
        raise CatalogueError(f"{name}: unknown top-level key {unknown[0]!r}; entries are [[entry]]")
    return [_entry(name, number, raw) for number, raw in enumerate(table.get("entry", []), 1)]


def _entry(name: str, number: int, raw: dict[str, Any]) -> Entry:
    called = f"{name}: entry {raw.get('id', f'number {number}')}"
    try:
        entry = msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{called}: {error}") from error
    found = problems(entry)
    if found:
        raise CatalogueError(f"{called}: {'; '.join(found)}")
    return entry


@lru_cache(maxsize=1)
def bundled() -> Catalogue:
    """The catalogue that ships with Vigil, read once."""
    return load()
