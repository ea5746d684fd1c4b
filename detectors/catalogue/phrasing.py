"""Owns how the figures of one entry are said to people. Must not lay out pages."""

from __future__ import annotations

from detectors.catalogue import wording as w
from detectors.catalogue.entry import Citation, Entry
from detectors.catalogue.parameters import said
from detectors.catalogue.read import bounds
from detectors.catalogue.wording import Language, say


def limit(entry: Entry, language: Language) -> str:
    """Its bounds with their unit, and the further figures of rules that have some."""
    unit = say(w.UNITS[entry.unit], language) if entry.unit in w.UNITS else entry.unit
    parts = [bounds(entry.low, entry.high, unit)]
    if entry.sampling == "laboratory" and entry.high == 0:
        parts = [say(w.NOT_DETECTED, language).format(unit=unit)]
    if entry.kind != "limit":
        parts += [said(name, value, language) for name, value in sorted(entry.parameters.items())]
    written = say(w.WRITTEN, language).format(written=entry.written) if entry.written else ""
    return ("；" if language == "zh" else "; ").join(filter(None, parts)) + written


def window(entry: Entry, language: Language) -> str:
    """What is judged and how long it must last."""
    if entry.sampling == "laboratory":
        return say(w.LABORATORY, language)
    parts = []
    if entry.average_s:
        parts.append(
            say(w.MEAN_OF, language).format(
                length=length(entry.average_s, language),
                statistic=say(w.STATISTIC[entry.statistic], language),
            )
        )
    elif entry.kind == "limit":
        parts.append(say(w.EACH, language))
    if entry.lasts_s:
        parts.append(say(w.LASTS, language).format(length=length(entry.lasts_s, language)))
    return ("，" if language == "zh" else ", ").join(parts)


def length(seconds: float, language: Language) -> str:
    """A time in the largest unit that leaves a whole number."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {say(w.UNITS[unit], language)}"
    return f"{seconds:g} {say(w.UNITS['s'], language)}"


def finding(entry: Entry, language: Language) -> str:
    """What it reports, and whether that is advice or on trial."""
    reports = say(w.FINDING[entry.kind_of_finding], language)
    reports += say(w.ADVISORY, language) if entry.advisory else ""
    return reports + (say(w.STAGED, language) if entry.staged else "")


def cite(citation: Citation | None, language: Language) -> str:
    """A law and its place; of ``Chinese / English`` the half that is asked for."""
    if citation is None:
        return "–"
    return f"{_half(citation.name, language)} {_half(citation.article, language)}"


def _half(text: str, language: Language) -> str:
    """``限值（条号未读到 / section number not read）`` in one language; names stay Chinese."""
    before, bracket, inner = text.partition("（")
    if bracket and " / " in inner:
        return f"{before}（{_half(inner.removesuffix('）'), language)}）"
    if " / " in text:
        zh, _, en = text.partition(" / ")
        return zh if language == "zh" else en
    return text


def source(entry: Entry, language: Language) -> str:
    """Where it was read."""
    return (entry.source_zh if language == "zh" else "") or entry.source


def note(entry: Entry, language: Language) -> str:
    """What a reader must know."""
    return (entry.note_zh if language == "zh" else "") or entry.note


def whole(entry: Entry) -> str:
    """One version for the terminal: what is said once, then what is said in each language."""
    until = entry.valid_to.isoformat() if entry.valid_to else "…"
    quantities = ", ".join(filter(None, (entry.quantity, *entry.quantities))) or "–"
    once = {
        entry.key: f"{entry.valid_from} – {until}",
        "profile": entry.profile,
        "overrides": ", ".join(entry.overrides),
        "kind": f"{entry.kind}, severity {entry.severity}, confidence {entry.confidence}",
        "at": ", ".join(entry.site_kinds),
        "quantities": quantities,
        "hysteresis": f"{entry.hysteresis:g}, clears after {entry.clears_s:g} s",
        "parameters": ", ".join(f"{k} {v:g}" for k, v in sorted(entry.parameters.items())),
    }
    lines = [f"{name}: {text}" for name, text in once.items() if text]
    lines[1:] = [f"  {line}" for line in lines[1:]]
    return "\n".join([*lines, *_in("zh", entry), *_in("en", entry)])


def _in(language: Language, entry: Entry) -> list[str]:
    judged = (limit(entry, language), window(entry, language), say(w.WHEN[entry.when], language))
    law, penalty = cite(entry.law, language), cite(entry.penalty, language)
    sure = say(w.CONFIDENCE[entry.confidence], language)
    lines = (
        f"[{language}] {say(entry.title, language)}",
        "; ".join(filter(None, judged)),
        f"{finding(entry, language)}: {law} → {penalty}",
        f"{source(entry, language)} [{sure}]",
        note(entry, language),
        say(entry.runbook, language),
    )
    return [f"  {'' if number == 0 else '  '}{text}" for number, text in enumerate(lines) if text]
