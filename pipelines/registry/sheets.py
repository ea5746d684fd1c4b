"""Owns the files a register is filled in: CSV a table, or one XLSX workbook. Cells are text here.

Written: UTF-8 with a mark, so that Excel reads Chinese; one header row in English, one that starts
with ``#`` in Chinese. Read: rows whose first cell starts with ``#`` are passed over.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

NOTE = "#"
BOOK = ".xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with what was filled in.

    Attributes:
        row: as the sheet numbers it, from 1; 0 for the whole sheet.
        write: what to write instead.
    """

    sheet: str
    row: int = 0
    column: str = ""
    value: str = ""
    wrong: str
    write: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as it was filled in: rows with their numbers, notes and blank rows left out."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class NotFilledIn(Exception):
    """A file cannot be read as a sheet at all."""


def read_sheets(paths: Iterable[Path]) -> tuple[list[Sheet], list[Fault]]:
    """Reads folders of CSV, CSV files and XLSX workbooks."""
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    for path in _files(paths):
        try:
            sheets += _book(path) if path.suffix.lower() == BOOK else [_csv(path)]
        except NotFilledIn as error:
            faults.append(Fault(sheet=path.name, wrong=str(error)))
        except OSError as error:
            faults.append(Fault(sheet=path.name, wrong=error.strerror or str(error)))
    if not sheets and not faults:
        faults.append(Fault(sheet="", wrong="no sheet", write="CSV files or a workbook (.xlsx)"))
    return sheets, faults


def write_folder(folder: Path, sheets: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Writes a CSV file a sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in sheets.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        (folder / f"{name}.csv").write_text(text.getvalue(), "utf-8-sig", newline="")


def write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Writes one workbook; every cell is text, so that nothing is taken for a formula."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            written = [WriteOnlyCell(sheet, value=value) for value in row]
            for cell in written:
                cell.data_type = "s"
            sheet.append(written)
    book.save(path)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.csv")) if path.is_dir() else [path]


def _csv(path: Path) -> Sheet:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise NotFilledIn("is not UTF-8: save it as 'CSV UTF-8'") from None
    except csv.Error as error:
        raise NotFilledIn(f"is no CSV: {error}") from None
    return _sheet(path.stem, rows)


def _book(path: Path) -> list[Sheet]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        found = [
            _sheet(one.title, [[_text(v) for v in row] for row in one.iter_rows(values_only=True)])
            for one in book.worksheets
        ]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise NotFilledIn(f"is no workbook: {error}") from None
    book.close()
    return found


def _sheet(name: str, rows: Sequence[Sequence[str]]) -> Sheet:
    cells = [tuple(cell.strip() for cell in row) for row in rows]
    header = cells[0] if cells else ()
    while header and not header[-1]:
        header = header[:-1]
    return Sheet(
        name=name,
        header=header,
        rows=tuple(
            (number, row)
            for number, row in enumerate(cells[1:], 2)
            if any(row) and not row[0].startswith(NOTE)
        ),
    )


def _text(value: object) -> str:
    """A workbook's value as somebody would have typed it."""
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(" ")
        case _:
            return str(value)
