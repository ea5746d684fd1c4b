"""Owns the empty sheets an authority begins with, and the page that explains them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pipelines.registry.fill import head
from pipelines.registry.sheets import write_folder
from pipelines.registry.tables import SHEETS, Column, Table

README = "README.md"
_INTRO = """# 登记簿填写说明 · How to fill in the register

一张表一个 CSV 文件，或一个 XLSX 工作簿、一张表一个工作表。
第一行是列名，`#` 开头的行是说明，不会导入。空着的结束时间表示至今。
时间为北京时间：`2026-03-01`（零点）或 `2026-03-01 08:30`。
导入是整批的：有一处错误，什么都不导入。先用 `vigil registry import --check` 试。

One CSV file a table, or one XLSX workbook with a sheet a table. The first row names the columns;
rows that begin with `#` are notes. Times are Beijing time. An end left blank means "still". An
import is taken whole or not at all; try it with `vigil registry import --check`.

设备移位：结束旧的 placements 行，新增一行；series、zones 另立编号；
同意书、告知、公示、公布、审核须在移位之后重新生效。
A device that moves: end its row in placements, add a new one; series and zones get new ids;
consent, notice, sign, publication and reviews must begin anew after the move.
"""


def write_template(folder: Path) -> list[Path]:
    """Writes an empty sheet a table and a page that explains them; never over what is there.

    Raises:
        FileExistsError: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    write_folder(folder, {name: head(table) for name, table in SHEETS.items()})
    page = "\n".join([_INTRO, *(_about(table) for table in SHEETS.values())])
    (folder / README).write_text(page, "utf-8")
    return sorted(folder.iterdir())


def _about(table: Table) -> str:
    rows = [
        f"| `{c.header}` | {c.says} | {_need(table, c)} | `{_example(c)}` |" for c in table.columns
    ]
    head_rows = [
        f"## {table.name} {table.says}",
        "",
        "| column | 说明 | | example |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head_rows, *rows, ""])


def _need(table: Table, column: Column) -> str:
    fields = msgspec.structs.fields(table.struct)
    required = any(field.required for field in fields if field.name == column.field)
    said = ["required 必填"] if required else []
    return "; ".join([*said, f"id of {column.refers}"] if column.refers else said)


def _example(column: Column) -> str:
    return column.cell.example.replace("|", "\\|")
