"""Owns the reference page that inspectors read and correct, as Markdown. Must not read a clock.

One function of the catalogue: the same data gives the same bytes, so a test can hold the committed
pages to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from detectors.catalogue import phrasing
from detectors.catalogue import wording as w
from detectors.catalogue.entry import ANY, Confidence, Entry, Text
from detectors.catalogue.load import Catalogue
from detectors.catalogue.places import NAMES
from detectors.catalogue.wording import Language, say

FILES: dict[Language, str] = {"en": "catalogue.md", "zh": "catalogue.zh-CN.md"}
_FIRST = tuple(w.FINDING)  # what may become a case comes first
_UNJUDGED = Path(__file__).with_name("unjudged.toml")


class Unjudged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a text asks for that no reading can show."""

    site_kinds: tuple[str, ...]
    what: Text
    why: Text
    confidence: Confidence


def unjudged() -> tuple[Unjudged, ...]:
    """What is not judged, with the reasons."""
    table = tomllib.loads(_UNJUDGED.read_text(encoding="utf-8"))
    return msgspec.convert(table["unjudged"], tuple[Unjudged, ...])


def render(catalogue: Catalogue, language: Language) -> str:
    """The page in one language."""
    sources = _Sources(language)
    parts = [
        f"# {say(w.TITLE, language)}",
        say(w.INTRO, language),
        *_legends(language),
        *_by_place(catalogue, language, sources),
        *_profiles(catalogue, language, sources),
        *_changes(catalogue, language),
        *_not_judged(language),
        f"## {say(w.CORRECT, language)}",
        say(w.CORRECT_SAYS, language),
        f"## {say(w.SOURCES, language)}",
        sources.listed(),
    ]
    return "\n\n".join(parts) + "\n"


class _Sources:
    """Numbers sources in the order in which the page comes upon them."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._numbers: dict[str, int] = {}

    def cite(self, entry: Entry) -> str:
        text = phrasing.source(entry, self._language)
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f"{say(w.SOURCE, self._language)}{number}"

    def listed(self) -> str:
        return "\n".join(f"{number}. {text}" for text, number in self._numbers.items())


def _legends(language: Language) -> list[str]:
    sure = "\n".join(f"- **{mark}**: {say(said, language)}" for mark, said in w.CONFIDENCE.items())
    findings = "\n".join(
        f"- **{say(w.FINDING[kind], language)}**: {say(said, language)}"
        for kind, said in w.FINDING_SAYS.items()
    )
    return [f"## {say(w.SURE, language)}", sure, f"## {say(w.FINDINGS, language)}", findings]


def _by_place(catalogue: Catalogue, language: Language, sources: _Sources) -> list[str]:
    parts = []
    for kind, name in NAMES.items():
        entries = [e for e in catalogue.entries if kind in e.site_kinds and e.valid_to is None]
        if entries:
            entries.sort(key=lambda e: _FIRST.index(e.kind_of_finding))
            parts += [
                f"## {say(name, language)} (`{kind}`)",
                _table(w.COLUMNS, (_row(e, language, sources) for e in entries), language),
            ]
    return parts


def _row(entry: Entry, language: Language, sources: _Sources) -> list[str]:
    end = "。" if language == "zh" else ". "
    return [
        f"{say(entry.title, language)} <br> `{entry.id}`",
        phrasing.limit(entry, language),
        phrasing.window(entry, language),
        say(w.WHEN[entry.when], language),
        phrasing.finding(entry, language),
        phrasing.cite(entry.law, language),
        phrasing.cite(entry.penalty, language),
        f"{sources.cite(entry)}{end}{phrasing.note(entry, language)}".strip(),
        entry.confidence,
    ]


def _profiles(catalogue: Catalogue, language: Language, sources: _Sources) -> list[str]:
    parts = [f"## {say(w.PROFILES, language)}", say(w.PROFILES_SAY, language)]
    for name in catalogue.profiles:
        entries = [entry for entry in catalogue.offered if entry.profile == name]
        rows = []
        for entry in entries:
            row = _row(entry, language, sources)
            over = ", ".join(f"`{each}`" for each in entry.overrides)
            row[0] += f" <br> {say(w.STRICTER_THAN, language)} {over}" if over else ""
            rows.append(row)
        parts += [f"### `{name}`", _table(w.COLUMNS, rows, language)]
    return parts


def _changes(catalogue: Catalogue, language: Language) -> list[str]:
    ids = [entry.id for entry in catalogue.entries]
    changed = [e for e in catalogue.entries if e.valid_to is not None or ids.count(e.id) > 1]
    rows = [
        [
            f"{say(e.title, language)} <br> `{e.id}`",
            e.version,
            e.valid_from.isoformat(),
            e.valid_to.isoformat() if e.valid_to else "–",
            phrasing.limit(e, language),
            phrasing.finding(e, language),
            phrasing.cite(e.law, language),
            e.confidence,
        ]
        for e in sorted(changed, key=lambda e: (e.id, e.valid_from))
    ]
    table = _table(w.CHANGE_COLUMNS, rows, language) if rows else say(w.NONE, language)
    return [f"## {say(w.CHANGES, language)}", say(w.CHANGES_SAY, language), table]


def _not_judged(language: Language) -> list[str]:
    rows = [
        [
            ("、" if language == "zh" else ", ").join(
                say(NAMES[kind], language)
                for kind in each.site_kinds
                if kind in NAMES or kind == ANY
            ),
            say(each.what, language),
            say(each.why, language),
            each.confidence,
        ]
        for each in unjudged()
    ]
    return [
        f"## {say(w.UNJUDGED, language)}",
        say(w.UNJUDGED_SAY, language),
        _table(w.UNJUDGED_COLUMNS, rows, language),
    ]


def _table(heads: Iterable[Text], rows: Iterable[list[str]], language: Language) -> str:
    named = [say(head, language) for head in heads]
    lines = [named, ["---"] * len(named), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
