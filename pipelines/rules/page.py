"""Owns how an explained alert is printed, zh or en. Must not compute."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from detectors.catalogue.phrasing import cite, note, source
from detectors.catalogue.wording import Language
from detectors.figures import clock, number
from detectors.types import Flag
from pipelines.rules.arithmetic import Recomputed
from pipelines.rules.explain import Decision, Explained
from pipelines.rules.words import WORDS

FLAGS = {Flag.NORMAL: "N", Flag.MAINTENANCE: "M", Flag.FAULT: "D"}


def page(explained: Explained, console: Console, lang: str) -> None:
    """Prints it, in the order in which a reader asks."""
    words = WORDS[lang]
    head = Table(show_header=False, box=None)
    for name, text in _head(explained, lang):
        head.add_row(f"[bold]{words[name]}[/]", escape(text))
    console.print(head)
    for decision in explained.decisions:
        _decision(decision, console, lang)
    if explained.window:
        console.print(_window(explained, words))
    for one in explained.evidence:
        console.print(f"{one.role} {one.name} sha256 {one.sha256} {one.size_bytes:,} B")


def _head(explained: Explained, lang: str) -> Iterator[tuple[str, str]]:
    alert, entry, words = explained.alert, explained.entry, WORDS[lang]
    title = entry.title.zh if lang == "zh" else entry.title.en
    yield "alert", f"{alert['alert_id']} {title} ({entry.kind_of_finding}, {alert['severity']})"
    yield "rule", f"{entry.id} {entry.version}"
    language: Language = "zh" if lang == "zh" else "en"
    yield "law", cite(entry.law, language)
    if entry.penalty:
        yield "penalty", cite(entry.penalty, language)
    yield "source", source(entry, language)
    yield "confidence", entry.confidence
    if entry.note:
        yield "note", note(entry, language)
    yield "where", f"{alert['site_id']} {alert['place']} {alert['device_id']} {explained.quantity}"
    yield "state", str(alert["state"])
    yield "grade", "; ".join([str(alert["grade"]), *map(str, alert["grade_reasons"])])
    sealed = f"{explained.evidence_id} manifest sha256 {explained.manifest_sha256}"
    yield "evidence", sealed if explained.evidence_id else words["unsealed"]
    yield "runbook", entry.runbook.zh if lang == "zh" else entry.runbook.en


def _decision(decision: Decision, console: Console, lang: str) -> None:
    words, said = WORDS[lang], decision.explanation
    console.print(f"\n[bold]{words[decision.phase]}[/] {clock(decision.at_ms)}")
    for sentence in said.zh if lang == "zh" else said.en:
        console.print(f"  {escape(sentence)}", soft_wrap=True)
    console.print(f"  {words['inputs']}: {escape(_figures(decision.inputs))}", soft_wrap=True)
    for name, again in (("by_hand", decision.by_hand), ("by_engine", decision.by_engine)):
        if again is not None:
            console.print(
                f"  {words[name]}: {escape(_figures(again.figures))} {_verdict(again, words)}",
                soft_wrap=True,
            )


def _verdict(again: Recomputed, words: dict[str, str]) -> str:
    if again.agrees is None:
        return words["not_tried"]
    return f"[green]{words['agrees']}[/]" if again.agrees else f"[red]{words['differs']}[/]"


def _figures(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} = {value:.10g}" for name, value in sorted(figures.items()))


def _window(explained: Explained, words: dict[str, str]) -> Table:
    table = Table(words["time"], words["value"], words["flag"], title=words["window"])
    for row in explained.window:
        value = f"{number(row.value)} {explained.alert['unit']}"
        table.add_row(clock(row.time_ms), value, FLAGS[Flag(row.flag)])
    return table
