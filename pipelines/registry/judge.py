"""Owns whether filled-in rows may join the register, and what would change. Pure.

History is not rewritten in silence: the end of something may be filled in later; any other change
of what is on record is a correction, which somebody must ask for, and which is recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pipelines.registry.fill import Entry, Filled, text_of
from pipelines.registry.papers import covers
from pipelines.registry.privacy import forbidden_faults
from pipelines.registry.sheets import Fault
from pipelines.registry.tables import SHEETS, Column, Table
from pipelines.registry.types import Register

Key = tuple[Any, ...]
CORRECT = "leave {!r}, or import with --correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row on record that would say something else."""

    table: str
    key: Key
    before: msgspec.Struct
    after: msgspec.Struct
    corrects: bool


@dataclass(slots=True)
class Plan:
    """What an import would do.

    Attributes:
        added: by table, the rows that are new.
        changes: the rows that would say something else.
        same: how many rows say what is on record.
    """

    added: dict[str, list[msgspec.Struct]] = field(default_factory=lambda: defaultdict(list))
    changes: list[Change] = field(default_factory=list)
    same: int = 0

    def rows(self) -> dict[str, list[msgspec.Struct]]:
        """What to write, by table: what ends comes before what begins in its place."""
        found: dict[str, list[msgspec.Struct]] = defaultdict(list)
        for change in self.changes:
            found[change.table].append(change.after)
        for name, rows in self.added.items():
            found[name] += rows
        return found


def judge(filled: Filled, register: Register, *, correct: bool) -> tuple[Plan, list[Fault]]:
    """Compares what was filled in with what is on record; all faults, those of reading first."""
    entries = filled.entries
    known = {
        name: {table.key_of(row): row for row in getattr(register, name)}
        for name, table in SHEETS.items()
    }
    merged = {name: dict(rows) for name, rows in known.items()}
    faults = [*filled.faults]
    first: dict[tuple[str, Key], int] = {}
    for entry in entries:
        key = entry.table.key_of(entry.row)
        if (entry.table.name, key) in first:
            wrong = f"stands in row {first[entry.table.name, key]} too"
            faults.append(entry.fault(entry.table.columns[0].field, wrong, "one row an id"))
        first.setdefault((entry.table.name, key), entry.number)
        merged[entry.table.name][key] = entry.row
    plan = Plan()
    for entry in entries:
        faults += _references(entry, merged, filled.named)
        faults += _history(entry, known, plan, correct=correct)
    faults += _shared(entries, merged) + _overlaps(entries, merged)
    faults += forbidden_faults(entries, merged)
    return plan, faults


def _references(
    entry: Entry, merged: dict[str, dict[Key, msgspec.Struct]], named: dict[str, set[Key]]
) -> list[Fault]:
    return [
        entry.fault(column.field, f"is not in {column.refers}", f"an id of {column.refers}")
        for column in entry.table.columns
        if column.refers
        and (value := getattr(entry.row, column.field)) is not None
        and (value,) not in merged[column.refers]
        and (value,) not in named[column.refers]
    ]


def _history(
    entry: Entry, known: dict[str, dict[Key, msgspec.Struct]], plan: Plan, *, correct: bool
) -> list[Fault]:
    table, key = entry.table, entry.table.key_of(entry.row)
    before = known[table.name].get(key)
    if before == entry.row:
        plan.same += 1
        return []
    if before is None:
        plan.added[table.name].append(entry.row)
        return []
    past = [column for column in table.columns if _rewrites(column, before, entry.row)]
    plan.changes.append(
        Change(table=table.name, key=key, before=before, after=entry.row, corrects=bool(past))
    )
    if correct:
        return []
    return [
        entry.fault(
            column.field,
            "changes what is on record",
            CORRECT.format(text_of(column, getattr(before, column.field))),
        )
        for column in past
    ]


def _rewrites(column: Column, before: msgspec.Struct, after: msgspec.Struct) -> bool:
    old, new = getattr(before, column.field), getattr(after, column.field)
    return bool(old != new) and not (column.closes and old is None)


def _shared(entries: Sequence[Entry], merged: dict[str, dict[Key, msgspec.Struct]]) -> list[Fault]:
    faults = []
    holders: dict[tuple[str, tuple[str, ...]], dict[Key, list[Key]]] = {}
    for table in {entry.table.name: entry.table for entry in entries}.values():
        for fields in table.unique:
            rows = holders.setdefault((table.name, fields), defaultdict(list))
            for key, row in merged[table.name].items():
                rows[tuple(getattr(row, one) for one in fields)].append(key)
    for entry in entries:
        key = entry.table.key_of(entry.row)
        for fields in entry.table.unique:
            held = holders[entry.table.name, fields]
            others = [o for o in held[tuple(getattr(entry.row, f) for f in fields)] if o != key]
            if others:
                names = ", ".join(fields)
                wrong = f"{_name(others[0])} has the same {names}"
                faults.append(entry.fault(fields[-1], wrong))
    return faults


def _overlaps(
    entries: Sequence[Entry], merged: dict[str, dict[Key, msgspec.Struct]]
) -> list[Fault]:
    faults = []
    for table in {entry.table.name: entry.table for entry in entries if entry.table.apart}.values():
        of: dict[Any, list[msgspec.Struct]] = defaultdict(list)
        for row in merged[table.name].values():
            of[getattr(row, _apart(table)[0])].append(row)
        for entry in entries:
            if entry.table is table:
                faults += _overlap(entry, of)
    return faults


def _overlap(entry: Entry, of: dict[Any, list[msgspec.Struct]]) -> list[Fault]:
    who, first, last = _apart(entry.table)
    key = entry.table.key_of(entry.row)
    for other in of[getattr(entry.row, who)]:
        other_key = entry.table.key_of(other)
        if other_key == key:
            continue
        mine, theirs = getattr(entry.row, first), getattr(other, first)
        if covers(mine, getattr(entry.row, last), theirs) or covers(
            theirs, getattr(other, last), mine
        ):
            wrong = f"overlaps {_name(other_key)}"
            return [entry.fault(first, wrong, "end one before the other begins")]
    return []


def _apart(table: Table) -> tuple[str, str, str]:
    assert table.apart is not None  # noqa: S101  callers ask only such tables
    return table.apart


def _name(key: Key) -> str:
    return "/".join(str(part) for part in key)
