"""Owns what makes catalogue entries acceptable. Must not read files."""

from __future__ import annotations

from itertools import combinations

from detectors.catalogue.entry import Entry
from detectors.catalogue.kinds import KINDS

UNITS = {
    "": "",  # vision rules that count nothing
    "mg/L": "milligrams per litre",
    "pH": "pH units",
    "NTU": "turbidity",
    "°C": "degrees Celsius",
    "mV": "millivolts",
    "ppm": "parts per million by volume",
    "h": "hours",
    "s": "seconds",
    "people": "people",
}

def problems(entry: Entry) -> list[str]:
    """What is wrong with one entry, in words; empty when it is acceptable."""
    return [*_text_problems(entry), *_number_problems(entry), *_kind_problems(entry)]


def _text_problems(entry: Entry) -> list[str]:
    said = {
        "id": entry.id,
        "version": entry.version,
        "title.zh": entry.title.zh,
        "title.en": entry.title.en,
        "source": entry.source,
        "runbook.zh": entry.runbook.zh,
        "runbook.en": entry.runbook.en,
        "law.name": entry.law.name,
        "law.article": entry.law.article,
    }
    if entry.penalty is not None:
        said |= {"penalty.name": entry.penalty.name, "penalty.article": entry.penalty.article}
    found = [f"{name} is empty" for name, text in said.items() if not text.strip()]
    if not entry.site_kinds:
        found.append("site_kinds is empty; write ['any'] for everywhere")
    if entry.kind_of_finding != "breach" and entry.penalty is not None:
        found.append(f"a {entry.kind_of_finding} carries no penalty")
    return found


def _number_problems(entry: Entry) -> list[str]:
    found = []
    if entry.valid_to is not None and entry.valid_to <= entry.valid_from:
        found.append(f"valid_to {entry.valid_to} is not after valid_from {entry.valid_from}")
    if entry.low is not None and entry.high is not None:
        if entry.low >= entry.high:
            found.append(f"low {entry.low} is not below high {entry.high}")
        elif 2 * entry.hysteresis >= entry.high - entry.low:
            found.append(f"hysteresis {entry.hysteresis} leaves no good value")
    found += [
        f"{name} is negative"
        for name in ("hysteresis", "average_s", "lasts_s", "clears_s")
        if getattr(entry, name) < 0
    ]
    if entry.unit not in UNITS:
        known = ", ".join(sorted(filter(None, UNITS)))
        found.append(f"unknown unit {entry.unit!r}; known are {known}")
    return found


def _kind_problems(entry: Entry) -> list[str]:
    kind = KINDS.get(entry.kind)
    if kind is None:
        return [f"unknown kind {entry.kind!r}; known are {', '.join(sorted(KINDS))}"]
    found = []
    if entry.rule and entry.kind != "vision":
        found.append("only a vision entry names a rule")
    for need in sorted(kind.needs):
        present = (
            entry.low is not None or entry.high is not None
            if need == "bounds"
            else getattr(entry, need) not in ("", (), None, 0.0)
        )
        if not present:
            said = "low or high" if need == "bounds" else need
            found.append(f"a {entry.kind} entry needs {said}")
    if entry.kind == "kept" and entry.unit != "h":
        found.append("a kept entry has high in h")
    if entry.kind == "stuck" and entry.clears_s:
        found.append("a stuck entry has no clears_s: it ends with the first change")
    missing = kind.parameters - entry.parameters.keys()
    known = entry.parameters.keys() if entry.kind == "vision" else kind.parameters | kind.may
    found += [f"parameters.{name} is missing" for name in sorted(missing)]
    found += [f"parameters.{name} is unknown" for name in sorted(entry.parameters.keys() - known)]
    return found


def overlaps(entries: list[Entry]) -> list[tuple[Entry, Entry]]:
    """Pairs that clash: one id in force twice at a time, or one id and version written twice."""
    ordered = sorted(entries, key=lambda e: e.id)
    return [
        (a, b)
        for a, b in combinations(ordered, 2)
        if a.id == b.id
        and (a.version == b.version or (a.from_ms < b.to_ms and b.from_ms < a.to_ms))
    ]
