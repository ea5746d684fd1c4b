"""Sheets to rows: every fault is named by its sheet, row and column, and says what to write."""

from __future__ import annotations

import csv
import io
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from openpyxl import Workbook

import pipelines.scoring
from pipelines.demo.authority import register
from pipelines.registry.fill import head, read_entries, written
from pipelines.registry.judge import judge
from pipelines.registry.kinds import KINDS
from pipelines.registry.sheets import Fault, Sheet, read_sheets, write_book, write_folder
from pipelines.registry.tables import SHEETS
from pipelines.registry.template import write_template
from pipelines.registry.types import TABLES, Register
from tests.unit.demo.known import DAY_START_MS

DEMO = register(DAY_START_MS)
AUTHORITY = written(DEMO)


def demo_sheets(**changes: list[list[str]]) -> list[Sheet]:
    """The demo's authority as read from files."""
    return [
        Sheet(
            name=name, header=tuple(rows[0]),
            rows=tuple((n, tuple(row)) for n, row in enumerate(rows[2:], 3)),
        )
        for name, rows in (AUTHORITY | changes).items()
    ]  # fmt: skip


def judged(sheets: list[Sheet], on_record: Register, *, correct: bool = False) -> list[Fault]:
    return judge(read_entries(sheets), on_record, correct=correct)[1]


def with_cell(sheet: str, row: int, column: str, value: str) -> list[list[str]]:
    """The demo's sheet with one other cell; rows as the sheet numbers them."""
    rows = [list(cells) for cells in AUTHORITY[sheet]]
    rows[row - 1][rows[0].index(column)] = value
    return rows


BAD_CELLS = [
    ("parties", "uscc", "91330702MA2307023X", "check character", "113307023369256057"),
    ("parties", "district_id", "999999", "not in districts", "an id of districts"),
    ("sites", "kind", "casino", "not one of the words", "pool"),
    ("sites", "hours", "Mon-Sun 6-22", "no span of hours", "Mon-Fri 06:00-22:00"),
    ("sites", "site_id", "", "is blank", "pool-probe"),
    ("sites", "site_id", "two words", "an id has no blank", "pool-probe"),
    ("points", "mounting", "hanging", "not one of the words", "fixed | mobile"),
    ("points", "kind", "cellar", "not one of the words", "waste_room"),
    ("contracts", "confidentiality_agreement", "", "is blank", "..."),
    ("contracts", "valid_to", "2001-01-01", "is not after valid_from", "2026-03-01"),
    ("devices", "contract_id", "none", "not in contracts", "an id of contracts"),
    ("devices", "capabilities", "high_definition xray", "not one of the words", "infrared"),
    ("placements", "point_id", "pool-hall/roof", "not in points", "an id of points"),
    ("placements", "to", "2001-01-01", "is not after from", "2026-03-01"),
    ("series", "series_id", "1.5", "no whole number", "1"),
    ("series", "series_id", "99999999999", "no whole number", "1"),
    ("series", "interval_s", "0", "more than 0", "60"),
    ("series", "resolution", "nan", "is no number", "0.01"),
    ("zones", "polygon", "0 0; 1 0", "three corners", "0 0; 1 0; 1 1; 0 1"),
    ("zones", "polygon", "0 0; 1 0; 1 2", "a share", "0 0; 1 0; 1 1; 0 1"),
    ("documents", "kind", "public_notice", "not one of the words", "evidentiary_notice"),
    ("documents", "valid_from", "soon", "no date or time", "2026-03-01 08:30"),
    ("documents", "valid_from", "0026-03-01", "not between 1970 and 2200", "2026-03-01 08:30"),
    ("delivery_addresses", "signed_by", "", "is blank", "..."),
    ("delivery_addresses", "method", "pigeon", "not one of the words", "email"),
    ("device_keys", "key_sha256", "secret", "no SHA-256", "64 hex digits"),
    ("parties", "name_zh", "a\x00b", "control character", "..."),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "column", "value", "wrong", "write"), BAD_CELLS)
def test_a_bad_cell_is_named_with_what_to_write(
    sheet: str, column: str, value: str, wrong: str, write: str
) -> None:
    """OFF-9, OFF-10, OFF-19: what must be on the register cannot be left out or garbled."""
    faults = judged(demo_sheets(**{sheet: with_cell(sheet, 3, column, value)}), Register())
    (found,) = [f for f in faults if (f.sheet, f.row, f.column) == (sheet, 3, column)]
    names_its_row = column == SHEETS[sheet].columns[0].header  # then others refer to nothing
    assert names_its_row or len(faults) == 1
    assert wrong in found.wrong
    assert write in found.write
    assert found.value == value


def test_the_demo_itself_has_no_fault_and_is_what_it_says() -> None:
    plan, faults = judge(read_entries(demo_sheets()), Register(units=()), correct=False)
    assert faults == []
    for name in TABLES:
        assert set(plan.added[name]) == set(getattr(DEMO, name))


def test_a_bad_workbook_is_told_cell_by_cell(tmp_path: Path) -> None:
    """One file, many faults: all are told at once, each in its place."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "sites"
    for row in (
        ["site_id", "party_id", "kind", "name_zh", "name_en", "hours", "colour"],
        ["hall", "nobody", "pool", "馆", "Hall", "always", "red"],
    ):
        sheet.append(row)
    book.create_sheet("device").append(["device_id"])
    days = book.create_sheet("closed_days")
    for row in (
        ["closure_id", "site_id", "first_day", "last_day", "reason"],
        ["# note", "", "", "", ""],
        ["c1", "nowhere", "2026-02-30", "2026-03-01", "Spring Festival"],
        ["c2", "nowhere", "2026-03-02", "2026-03-01", ""],
        ["c2", "nowhere", "2026-03-02", "2026-03-03", "", "stray"],
    ):
        days.append(row)
    book.save(tmp_path / "register.xlsx")
    sheets, faults = read_sheets([tmp_path / "register.xlsx"])
    found = {(f.sheet, f.row, f.column): f for f in [*faults, *judged(sheets, Register())]}
    assert found["sites", 1, "colour"].wrong == "unknown column"
    assert found["device", 0, ""].write == "devices?"
    assert found["closed_days", 3, "first_day"].wrong == "is no date"
    assert found["closed_days", 4, "last_day"].wrong == "is not after first_day"
    assert found["closed_days", 4, "site_id"].wrong == "is not in sites"
    assert found["closed_days", 5, ""].value == "stray"


def test_what_only_shows_between_rows_is_named() -> None:
    twice = [*AUTHORITY["parties"], AUTHORITY["parties"][2]]
    same_uscc = with_cell("parties", 3, "party_id", "another")
    placed = [
        *AUTHORITY["placements"],
        ["again", "pool-probe", "hotel-main/lobby", "2026-02-01", ""],
    ]
    (first,) = judged(demo_sheets(parties=twice), Register())
    assert (first.sheet, first.row, first.wrong) == ("parties", 7, "stands in row 3 too")
    both = [*AUTHORITY["parties"], same_uscc[2]]
    shared = judged(demo_sheets(parties=both), Register())
    assert {(f.row, f.column) for f in shared} == {(3, "uscc"), (7, "uscc")}
    overlaps = judged(demo_sheets(placements=placed), Register())
    assert {(f.sheet, f.wrong) for f in overlaps} == {
        ("placements", "overlaps again"), ("placements", "overlaps pool-probe"),
    }  # fmt: skip


def test_a_consent_needs_who_signed_and_only_a_clock_check_an_offset() -> None:
    """OFF-12: a consent is signed, and by whom is on record."""
    rows = AUTHORITY["documents"]
    kinds = [row[rows[0].index("kind")] for row in rows]
    consent, clock = (kinds.index(k) + 1 for k in ("installation_consent", "clock_check"))
    for sheet, column in (
        (with_cell("documents", consent, "signed_by", ""), "signed_by"),
        (with_cell("documents", clock, "clock_offset", ""), "clock_offset"),
        (with_cell("documents", consent, "clock_offset", "3"), "clock_offset"),
    ):
        (fault,) = judged(demo_sheets(documents=sheet), Register())
        assert (fault.sheet, fault.column) == ("documents", column)


def test_history_is_not_rewritten_in_silence() -> None:
    """An end may be filled in; another number is a correction, and must be asked for."""
    closed = with_cell("placements", 3, "to", "2026-03-05 12:00")
    assert judged(demo_sheets(placements=closed), DEMO) == []
    renamed = with_cell("documents", 3, "number", "other")
    (fault,) = judged(demo_sheets(documents=renamed), DEMO)
    assert (fault.row, fault.column, fault.value) == (3, "number", "other")
    assert "--correct" in fault.write
    assert judged(demo_sheets(documents=renamed), DEMO, correct=True) == []
    plan, _ = judge(read_entries(demo_sheets(documents=renamed)), DEMO, correct=True)
    assert [(change.table, change.corrects) for change in plan.changes] == [("documents", True)]
    assert not any(plan.added.values())
    assert plan.same == sum(len(getattr(DEMO, name)) for name in TABLES) - 1


def test_an_end_once_set_is_history_too() -> None:
    documents = with_cell("documents", 3, "valid_to", "2100-01-01")
    (fault,) = judged(demo_sheets(documents=documents), DEMO)
    assert fault.column == "valid_to"


def test_files_and_books_hold_the_same(tmp_path: Path) -> None:
    write_folder(tmp_path / "csv", AUTHORITY)
    write_book(tmp_path / "all.xlsx", AUTHORITY)
    from_csv, csv_faults = read_sheets([tmp_path / "csv"])
    from_book, book_faults = read_sheets([tmp_path / "all.xlsx"])
    assert (csv_faults, book_faults) == ([], [])
    as_rows = [
        {
            (*entry.table.key_of(entry.row), entry.table.name): entry.row
            for entry in read_entries(s).entries
        }
        for s in (from_csv, from_book)
    ]
    assert as_rows[0] == as_rows[1]
    assert len(as_rows[0]) == sum(len(getattr(DEMO, name)) for name in TABLES)


UNREADABLE = {
    "gbk.csv": ("site_id,场所".encode("gbk"), "not UTF-8"),
    "quote.csv": (b'site_id\n"open', "no CSV"),
    "empty.xlsx": (b"", "no workbook"),
    "zip.xlsx": (b"PK\x03\x04 broken", "no workbook"),
}


@pytest.mark.parametrize(("name", "content", "wrong"), [(n, *c) for n, c in UNREADABLE.items()])
def test_a_file_that_is_none_is_a_fault_not_a_crash(
    tmp_path: Path, name: str, content: bytes, wrong: str
) -> None:
    (tmp_path / name).write_bytes(content)
    sheets, faults = read_sheets([tmp_path / name])
    assert (sheets, [f.sheet for f in faults]) == ([], [name])
    assert wrong in faults[0].wrong


def test_a_formula_is_text_in_a_workbook(tmp_path: Path) -> None:
    write_book(tmp_path / "x.xlsx", {"sites": [["site_id"], ["=1+1"]]})
    (sheet,), _ = read_sheets([tmp_path / "x.xlsx"])
    assert sheet.rows == ((2, ("=1+1",)),)


def test_the_template_explains_every_column_and_is_an_empty_register(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    write_template(folder)
    page = (folder / "README.md").read_text("utf-8")
    sheets, faults = read_sheets([folder])
    assert faults == []
    filled = read_entries(sheets)
    assert (filled.entries, filled.faults) == ([], [])
    assert {sheet.name for sheet in sheets} == set(SHEETS)
    for table in SHEETS.values():
        notes = list(csv.reader(io.StringIO((folder / f"{table.name}.csv").read_text("utf-8-sig"))))
        assert notes == head(table)
        assert all(f"`{column.header}`" in page and column.says in page for column in table.columns)
    with pytest.raises(FileExistsError):
        write_template(folder)


def test_every_field_of_every_row_has_a_column() -> None:
    for name, table in SHEETS.items():
        fields = sorted(column.field for column in table.columns)
        assert (name, fields) == (name, sorted(table.struct.__struct_fields__))
    assert tuple(SHEETS) == TABLES


def test_every_kind_of_premises_has_a_weight_in_the_risk_model() -> None:
    """A kind that can be registered is not judged as ``other`` by oversight."""
    weights = tomllib.loads((resources.files(pipelines.scoring) / "risk.toml").read_text("utf-8"))
    assert [kind for kind in KINDS if kind not in weights["vulnerability"]] == []
