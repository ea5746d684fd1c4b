"""Owns the way between sheets of text and the register's rows, cell by cell. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import msgspec

from pipelines.registry.papers import SIGNED, Document, Paper
from pipelines.registry.sheets import NOTE, Fault, Sheet
from pipelines.registry.tables import SHEETS, Column, Table
from pipelines.registry.types import ClosedDays, Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that was filled in: of which table, in which row of its sheet, what it says."""

    table: Table
    number: int
    row: msgspec.Struct

    def fault(self, field: str, wrong: str, write: str = "") -> Fault:
        """Something wrong with one of its cells."""
        column = next(c for c in self.table.columns if c.field == field)
        value = getattr(self.row, field)
        return Fault(
            sheet=self.table.name, row=self.number, column=column.header, wrong=wrong,
            value=text_of(column, value), write=write or column.cell.example,
        )  # fmt: skip


@dataclass(slots=True)
class Filled:
    """What sheets hold.

    Attributes:
        entries: the rows whose every cell could be read.
        named: by table, keys of the others, so that one bad cell is not told of every row that
            refers to its row.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    named: dict[str, set[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(set))


def read_entries(sheets: Iterable[Sheet]) -> Filled:
    """Reads every cell of every row."""
    filled = Filled()
    for sheet in sheets:
        table = SHEETS.get(sheet.name)
        wrong = _unknown(sheet) if table is None else _header(sheet, table)
        filled.faults += wrong
        if table is None or wrong:
            continue
        for number, cells in sheet.rows:
            values, found = _values(table, sheet, number, cells)
            filled.faults += found
            if not found:
                row = table.struct(**values)
                filled.entries.append(Entry(table=table, number=number, row=row))
            else:
                key = tuple(values.get(column.field) for column in table.columns[: table.key])
                filled.named[table.name].add(key)
    filled.faults += [fault for entry in filled.entries for fault in _row_faults(entry)]
    return filled


def written(register: Register) -> dict[str, list[list[str]]]:
    """A register as sheets: header, note, rows in the order of their keys."""
    return {
        name: [*head(table), *_lines(table, getattr(register, name))]
        for name, table in SHEETS.items()
    }


def head(table: Table) -> list[list[str]]:
    """The first two rows of a sheet."""
    says = [column.says for column in table.columns]
    return [[column.header for column in table.columns], [f"{NOTE} {says[0]}", *says[1:]]]


def text_of(column: Column, value: Any) -> str:
    """What stands in a cell for a value."""
    return "" if value is None or value == "" else column.cell.write(value)


def _lines(table: Table, rows: Sequence[msgspec.Struct]) -> list[list[str]]:
    return [
        [text_of(column, getattr(row, column.field)) for column in table.columns]
        for row in sorted(rows, key=table.key_of)
    ]


def _unknown(sheet: Sheet) -> list[Fault]:
    near = get_close_matches(sheet.name, SHEETS, 1)
    names = f"{near[0]}?" if near else ", ".join(SHEETS)
    return [Fault(sheet=sheet.name, wrong="no table of the register", write=names)]


def _header(sheet: Sheet, table: Table) -> list[Fault]:
    known = [column.header for column in table.columns]
    optional = {column.header for column in table.columns if column.optional}
    faults = [
        Fault(sheet=sheet.name, row=1, column=name, wrong="column is missing", write=name)
        for name in known
        if name not in sheet.header and name not in optional
    ]
    for place, name in enumerate(sheet.header):
        if name not in known:
            near = get_close_matches(name, known, 1)
            write = f"{near[0]}?" if near else ", ".join(known)
            faults.append(
                Fault(sheet=sheet.name, row=1, column=name, wrong="unknown column", write=write)
            )
        elif name in sheet.header[:place]:
            faults.append(Fault(sheet=sheet.name, row=1, column=name, wrong="column stands twice"))
    return faults


def _values(
    table: Table, sheet: Sheet, number: int, cells: tuple[str, ...]
) -> tuple[dict[str, Any], list[Fault]]:
    texts = dict(zip(sheet.header, cells, strict=False))
    defaults = {field.name: field for field in msgspec.structs.fields(table.struct)}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    if any(cells[len(sheet.header) :]):
        extra = next(cell for cell in cells[len(sheet.header) :] if cell)
        faults.append(
            Fault(sheet=sheet.name, row=number, value=extra, wrong="stands under no header")
        )
    for column in table.columns:
        text, wrong = texts.get(column.header, ""), ""
        if not text:
            wrong = "is blank" if defaults[column.field].required else ""
        else:
            try:
                values[column.field] = column.cell.read(text)
            except ValueError as error:
                wrong = str(error)
        if wrong:
            faults.append(
                Fault(
                    sheet=sheet.name, row=number, column=column.header, value=text, wrong=wrong,
                    write=column.cell.example,
                )
            )  # fmt: skip
    return values, faults


A_YEAR = dt.timedelta(days=366)
_ENDS = (
    ("valid_from_ms", "valid_to_ms", 1),
    ("from_ms", "to_ms", 1),
    ("at_ms", "restored_ms", 1),
    ("installed_ms", "removed_ms", 0),
    ("first_day", "last_day", 0),
)
"""First and last of every span, and whether they must differ."""


def _row_faults(entry: Entry) -> list[Fault]:
    faults = []
    for first, last, apart in _ENDS:
        start, end = getattr(entry.row, first, None), getattr(entry.row, last, None)
        if start is None or end is None:
            continue
        if end < start or (apart and end == start):
            faults.append(entry.fault(last, f"is not after {first.removesuffix('_ms')}"))
    if isinstance(entry.row, ClosedDays) and (entry.row.last_day - entry.row.first_day) > A_YEAR:
        faults.append(entry.fault("last_day", "is more than a year after first_day"))
    return faults + (_paper_faults(entry, entry.row) if isinstance(entry.row, Document) else [])


def _paper_faults(entry: Entry, paper: Document) -> list[Fault]:
    faults = []
    if paper.kind in SIGNED and not paper.signed_by:
        faults.append(entry.fault("signed_by", "is blank", "who signed for the party"))
    if (paper.kind is Paper.CLOCK) != (paper.clock_offset_ms is not None):
        need = "is blank" if paper.kind is Paper.CLOCK else "belongs to a clock check only"
        faults.append(entry.fault("clock_offset_ms", need, "milliseconds, of a clock check"))
    return faults
