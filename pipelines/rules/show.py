"""Owns how differences are printed for people. Must not compare."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from detectors.figures import clock, number
from pipelines.rules.diff import Diff
from pipelines.rules.spells import Spell


def show(diff: Diff, console: Console) -> None:
    """What is gone, new and changed, then counts by rule."""
    table = Table("", "rule", "where", "start", "found", "end", "value", "how")
    for mark, spells in (("gone", diff.gone), ("new", diff.new)):
        for spell in spells:
            table.add_row(mark, *_cells(spell), "")
    for change in diff.changed:
        table.add_row("before", *_cells(change.before), "")
        table.add_row("after", *_cells(change.after), ", ".join(change.how).replace("_", " "))
    if diff.any:
        console.print(table)
    console.print(_counts(diff))
    if diff.rejudged:
        console.print(
            f"{diff.rejudged} signals that judging late readings again gave are left aside"
        )


def _counts(diff: Diff) -> Table | str:
    if not diff.rules:
        return "no alerts on either side"
    table = Table("rule", "same", "gone", "new", "changed")
    for rule_id, count in diff.rules.items():
        figures = (count.same, count.gone, count.new, count.changed)
        table.add_row(rule_id, *(str(figure) for figure in figures))
    return table


def _cells(spell: Spell) -> tuple[str, ...]:
    where = f"{spell.site_id} {spell.place} {spell.subject}"
    value = "" if spell.value is None else f"{number(spell.value)} {spell.unit}"
    end = "lasts" if spell.end_ms is None else clock(spell.end_ms)
    staged = " (staged)" if spell.staged else ""
    return (
        f"{spell.rule_id}@{spell.rule_version}{staged}", where, clock(spell.start_ms),
        clock(spell.found_ms), end, value,
    )  # fmt: skip
