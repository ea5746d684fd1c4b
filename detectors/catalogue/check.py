"""Owns what makes catalogue entries acceptable. Must not read files."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from detectors.catalogue.entry import ANY, Entry
from detectors.catalogue.kinds import KINDS, WIDTHS
from detectors.catalogue.places import SITE_KINDS
from detectors.catalogue.quantities import QUANTITIES
from detectors.units import UnitError, conversion, spelled


def problems(entry: Entry) -> list[str]:
    """What is wrong with one entry, in words; empty when it is acceptable."""
    return [
        *_text_problems(entry),
        *_number_problems(entry),
        *_quantity_problems(entry),
        *_kind_problems(entry),
        *_laboratory_problems(entry),
        *_profile_problems(entry),
    ]


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
    strange = sorted(set(entry.site_kinds) - SITE_KINDS.keys() - {ANY})
    if strange:
        found.append(f"unknown kind of site {strange[0]!r}; known are {', '.join(SITE_KINDS)}")
    if entry.kind_of_finding != "breach" and entry.penalty is not None:
        found.append(f"a {entry.kind_of_finding} carries no penalty")
    if entry.kind_of_finding == "breach" and entry.advisory:
        found.append("what is only advised is no breach: write a lead")
    if entry.written:
        found.append("written is filled in at load")
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
    return found


def _quantity_problems(entry: Entry) -> list[str]:
    """Names that nobody measures, units that do not fit, bounds that no figure can pass."""
    named = [name for name in (entry.quantity, *entry.quantities) if name]
    found = [f"unknown quantity {name!r}" for name in named if name not in QUANTITIES]
    if spelled(entry.unit) is None:
        found.append(f"unknown unit {entry.unit!r}")
        return found
    known, kind = QUANTITIES.get(entry.quantity), KINDS.get(entry.kind)
    if known is None or kind is None or not kind.measures:
        return found
    try:
        turn = conversion(entry.unit, known.unit)
    except UnitError as error:
        return [*found, f"unit of {entry.quantity}: {error}"]
    if entry.kind in WIDTHS:
        return found
    for name, bound in (("low", entry.low), ("high", entry.high)):
        if bound is not None and not known.low <= turn(bound) <= known.high:
            possible = f"{known.low:g} to {known.high:g} {known.unit}"
            found.append(f"{name} {bound} {entry.unit} is outside what is possible: {possible}")
    return found


def _kind_problems(entry: Entry) -> list[str]:
    kind = KINDS.get(entry.kind)
    if kind is None:
        return [f"unknown kind {entry.kind!r}; known are {', '.join(sorted(KINDS))}"]
    found = []
    if entry.rule and entry.kind != "vision":
        found.append("only a vision entry names a rule")
    for need in sorted(kind.needs):
        if not _present(entry, need):
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


def _present(entry: Entry, need: str) -> bool:
    if need == "bounds":
        return entry.low is not None or entry.high is not None
    if need == "unit" and entry.quantity in QUANTITIES:
        return bool(entry.unit) or not QUANTITIES[entry.quantity].unit
    return getattr(entry, need) not in ("", (), None, 0.0)


def _laboratory_problems(entry: Entry) -> list[str]:
    """A laboratory's figure stands by itself: there is nothing to average or to wait for."""
    if entry.sampling == "online":
        return []
    asked = {"average_s": entry.average_s, "lasts_s": entry.lasts_s, "clears_s": entry.clears_s}
    found = [f"a laboratory limit has no {name}" for name, s in asked.items() if s]
    if entry.parameters.get("readings_min", 1.0) != 1:
        found.append("a laboratory limit has readings_min 1")
    return found


def _profile_problems(entry: Entry) -> list[str]:
    if entry.overrides and not entry.profile:
        return ["only an entry of a profile overrides others"]
    return []


def overlaps(entries: list[Entry]) -> list[tuple[Entry, Entry]]:
    """Pairs that clash: one id in force twice at a time, or one id and version written twice."""
    by_id: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_id[entry.id].append(entry)
    return [
        (a, b)
        for versions in by_id.values()
        for a, b in combinations(versions, 2)
        if a.version == b.version or (a.from_ms < b.to_ms and b.from_ms < a.to_ms)
    ]
