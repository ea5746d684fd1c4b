"""Cells: what people and Excel write is read, and written back as one text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from pipelines.registry import cells
from pipelines.registry.sheets import read_sheets

DAY_MS = 1_772_294_400_000  # 2026-03-01 in Shanghai
TIMES = {
    "2026-03-01": (DAY_MS, "2026-03-01"),
    "2026/3/1": (DAY_MS, "2026-03-01"),
    "2026/3/1 8:30": (DAY_MS + 30_600_000, "2026-03-01 08:30"),
    "2026-03-01 08:30": (DAY_MS + 30_600_000, "2026-03-01 08:30"),
    "2026-03-01 08:30:05": (DAY_MS + 30_605_000, "2026-03-01 08:30:05"),
    "2026-03-01T00:30:00Z": (DAY_MS + 30_600_000, "2026-03-01 08:30"),
    "2026-03-01 08:30:05.250": (DAY_MS + 30_605_250, "2026-03-01 08:30:05.250"),
}


@pytest.mark.parametrize(("text", "known"), TIMES.items())
def test_times_are_those_of_wucheng(text: str, known: tuple[int, str]) -> None:
    time_ms, canonical = known
    assert cells.TIME.read(text) == time_ms
    assert cells.TIME.write(time_ms) == canonical


@given(st.integers(0, 7_000_000_000_000))
def test_any_moment_comes_back(time_ms: int) -> None:
    assert cells.TIME.read(cells.TIME.write(time_ms)) == time_ms


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0))
def test_any_number_comes_back(value: float) -> None:
    assert cells.NOT_NEGATIVE.read(cells.NOT_NEGATIVE.write(value)) == value


SHARES = st.floats(0, 1, allow_subnormal=False)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=6).map(tuple))
def test_any_polygon_comes_back(corners: tuple[tuple[float, float], ...]) -> None:
    assert cells.POLYGON.read(cells.POLYGON.write(corners)) == corners


def test_a_day_is_read_as_excel_writes_it() -> None:
    assert cells.DAY.read("2026/3/1") == cells.DAY.read("2026-03-01") == dt.date(2026, 3, 1)


def test_typed_cells_of_a_workbook_are_what_somebody_would_have_typed(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "closed_days"
    sheet.append(["first_day", "n", "share", "at", "blank", "text"])
    sheet.append([dt.datetime(2026, 3, 1), 5.0, 0.25, dt.datetime(2026, 3, 1, 8, 30), None, " x "])  # noqa: DTZ001  a workbook's cells have no zone
    book.save(tmp_path / "typed.xlsx")
    (read,), faults = read_sheets([tmp_path / "typed.xlsx"])
    assert faults == []
    assert read.rows == ((2, ("2026-03-01", "5", "0.25", "2026-03-01 08:30:00", "", "x")),)
