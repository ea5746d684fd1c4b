"""Owns the catalogue as others use it: what judges where and when. Must not judge anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from detectors.catalogue.check import overlaps
from detectors.catalogue.entry import ANY, Entry
from detectors.catalogue.profiles import corrected, profile_problems, settle
from detectors.catalogue.read import Found, gather, texts_of

BUNDLED = Path(__file__).parent


class CatalogueError(ValueError):
    """The catalogue cannot be used. Each line of the text names a file and an entry."""


class Catalogue:
    """Every rule that is or was in force. Immutable; look-ups are remembered.

    Args:
        entries: what holds whether or not a profile is enabled.
        offered: entries of local profiles.
        enabled: profile to the day from which it holds.

    Attributes:
        entries: what judges, with the enabled profiles settled in.
        offered: all entries of profiles, enabled or not.
    """

    def __init__(
        self,
        entries: tuple[Entry, ...],
        *,
        offered: tuple[Entry, ...] = (),
        enabled: Mapping[str, dt.date] | None = None,
    ) -> None:
        self.enabled = dict(enabled or {})
        self.offered = offered
        self._everywhere = entries
        self.entries = settle(entries, offered, self.enabled) if self.enabled else entries
        known = (*offered, *entries, *self.entries)
        self._by_key = {entry.key: entry for entry in known}
        self._by_series: dict[tuple[str, str], tuple[Entry, ...]] = {}

    @property
    def profiles(self) -> tuple[str, ...]:
        """Names of the profiles that may be enabled."""
        return tuple(sorted({entry.profile for entry in self.offered}))

    def with_profiles(self, enabled: Mapping[str, dt.date]) -> Catalogue:
        """The same catalogue with these profiles in force, each from its day on.

        Raises:
            CatalogueError: no such profile.
        """
        for name in sorted(enabled.keys() - set(self.profiles)):
            known = ", ".join(self.profiles) or "none"
            raise CatalogueError(f"there is no profile {name!r}; known are {known}")
        return Catalogue(self._everywhere, offered=self.offered, enabled=enabled)

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
        """The entry called ``id@version``, or None. Knows profiles that are not enabled, too."""
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


def load(
    folder: Path | None = None,
    *,
    extra: Path | None = None,
    profiles: Mapping[str, dt.date] | None = None,
) -> Catalogue:
    """Reads every ``*.toml`` of a folder, by default the catalogue that ships with Vigil.

    Each file holds an array of tables ``[[entry]]``.

    Args:
        extra: a local folder of the same shape: it adds entries, and its versions of known ones
            take over on the day they begin.
        profiles: local profiles to enable, each with its first day.

    Raises:
        CatalogueError: not TOML, a wrong field or unit, entries that contradict, a profile that is
            unknown or looser than the national limit. Names every problem, not the first alone.
    """
    texts = texts_of(folder or BUNDLED)
    if not texts:
        raise CatalogueError(f"no *.toml in {folder}")
    catalogue, wrong = assemble(texts, texts_of(extra) if extra else {})
    if wrong:
        raise CatalogueError("\n".join(wrong))
    return catalogue.with_profiles(profiles) if profiles else catalogue


def parse(texts: dict[str, str], local: dict[str, str] | None = None) -> Catalogue:
    """Builds a catalogue from TOML texts by file name.

    Raises:
        CatalogueError: as ``load``.
    """
    catalogue, wrong = assemble(texts, local or {})
    if wrong:
        raise CatalogueError("\n".join(wrong))
    return catalogue


def assemble(texts: dict[str, str], local: dict[str, str]) -> tuple[Catalogue, list[str]]:
    """The catalogue of what is acceptable, and every problem with its file and entry."""
    shipped, own = gather(texts), gather({f"local/{name}": text for name, text in local.items()})
    wrong = shipped.problems + own.problems
    base, ended_wrong = corrected(
        [entry for _, entry in shipped.placed], [entry for _, entry in own.placed]
    )
    entries = [*base, *(entry for _, entry in own.placed)]
    everywhere = tuple(entry for entry in entries if not entry.profile)
    offered = tuple(entry for entry in entries if entry.profile)
    where = _files(shipped, own)
    clashes = [
        (
            a.id,
            f"versions {a.version} and {b.version} are in force at once or are the same",
        )
        for a, b in overlaps(entries)
    ]
    between = [*ended_wrong, *clashes, *profile_problems(everywhere, offered)]
    wrong += [f"{where[entry_id]}: entry {entry_id}: {said}" for entry_id, said in between]
    return Catalogue(everywhere, offered=offered), wrong


def _files(*found: Found) -> dict[str, str]:
    """Files that an id is written in."""
    where: dict[str, list[str]] = {}
    for name, entry in (pair for each in found for pair in each.placed):
        where.setdefault(entry.id, [])
        if name not in where[entry.id]:
            where[entry.id].append(name)
    return {entry_id: ", ".join(names) for entry_id, names in where.items()}


@lru_cache(maxsize=1)
def bundled() -> Catalogue:
    """The catalogue that ships with Vigil, read once, without any profile."""
    return load()
