"""The terminal's view of the register: ``vigil registry ...``. Owns no logic."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.errors import Transient
from pipelines.registry.bring import bring_in, take_out
from pipelines.registry.keys import UnknownHolder, issue_key
from pipelines.registry.kinds import KINDS
from pipelines.registry.read import read_register
from pipelines.registry.sheets import Fault
from pipelines.registry.show import lines, parse_moment, show_device
from pipelines.registry.template import write_template
from pipelines.registry.types import FIRST_UNIT, Officer, Register, Role
from pipelines.registry.view_commands import view
from pipelines.registry.write import put_officers
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

registry = typer.Typer(no_args_is_help=True, help="Who is supervised, where, by which devices.")
registry.add_typer(view, name="view")
console = Console()

Result = TypeVar("Result")
At = Annotated[str, typer.Option(help="Moment, Beijing time: 2026-03-01 08:30; now if left out.")]


@registry.command("import")
def import_command(
    files: Annotated[
        list[Path], typer.Argument(help="Folders of CSV, CSV files or workbooks.", exists=True)
    ],
    check: Annotated[bool, typer.Option(help="Only say what is wrong; write nothing.")] = False,
    correct: Annotated[bool, typer.Option(help="Past facts may be changed; it is noted.")] = False,
    by: Annotated[str, typer.Option(help="Who does it; you, if left out.")] = "",
) -> None:
    """Take sheets into the register: whole or not at all."""
    who, now_ms = by or getpass.getuser(), wall_clock_ms()
    brought = _run(
        lambda database: bring_in(
            database, files, who=who, now_ms=now_ms, correct=correct, check=check
        )
    )
    if brought.faults:
        _tell(brought.faults)
        raise typer.Exit(1)
    done = "would be" if check else "are"
    console.print(
        f"{brought.added} rows {done} new, {brought.changed} changed; {brought.same} as they were"
    )


@registry.command("export")
def export_command(
    target: Annotated[Path, typer.Argument(help="Folder for CSV, or FILE.xlsx.")],
) -> None:
    """Write the whole register as sheets that import takes; digests of keys, never keys."""
    rows = _run(lambda database: take_out(database, target))
    console.print(f"{rows} rows in {target}", soft_wrap=True)


@registry.command("template")
def template_command(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.", file_okay=False)],
) -> None:
    """Write empty sheets to fill in, and a page that explains them."""
    try:
        written = write_template(folder)
    except FileExistsError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"{len(written)} files in {folder}", soft_wrap=True)


@registry.command("show")
def show_command(
    device: Annotated[str, typer.Argument(help="Id of the device.")], at: At = ""
) -> None:
    """Say whether a device's findings may be evidence at a moment, and every reason against."""
    at_ms = _moment(at)
    shown = show_device(_run(_register), device, at_ms)
    if shown is None:
        typer.echo(f"the register has no device {device}", err=True)
        raise typer.Exit(1)
    for line in lines(shown):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@registry.command("coverage")
def coverage_command(at: At = "") -> None:
    """Say which share of the sites of each kind has a device, and how officers are equipped."""
    at_ms = _moment(at)

    async def ask(database: Database) -> tuple[list[Row], list[Row], list[Row], Row | None]:
        return (
            await database.rows("registry_coverage", at_ms=at_ms),
            await database.rows("registry_participation", at_ms=at_ms),
            await database.rows("registry_points_in_use", at_ms=at_ms),
            await database.row("registry_equipment", at_ms=at_ms),
        )

    rows, parties, points, equipment = _run(ask)
    table = Table("kind 类别", "sites 场所", "with a device 已安装", "share 覆盖率", "devices 设备")
    for row in rows:
        name = KINDS.get(row["kind"], ("",))[0]
        share = f"{row['covered'] / row['sites']:.0%}"
        figures = (row["sites"], row["covered"], share, row["devices"])
        table.add_row(f"{row['kind']} {name}", *(str(figure) for figure in figures))
    console.print(table)
    both = sum(party["device"] and party["self_supervision"] for party in parties)
    served = sum(party["delivery_address"] for party in parties)
    console.print(
        f"{len(parties)} parties 监管对象: {both} with devices and self-supervision 自我监管, "
        f"{served} with a delivery address 已确认送达地址"
    )
    for row in points:
        console.print(f"points 点位 {row['mounting']}: {row['in_use']} of {row['points']} in use")
    if equipment is not None:
        console.print(
            f"recorders 执法记录仪 {equipment['recorders']} for {equipment['officers']} officers, "
            f"{equipment['unassigned']} without a custodian"
        )


@registry.command("key")
def key_command(
    holder: Annotated[str, typer.Argument(metavar="SITE_OR_DEVICE")],
    replace: Annotated[bool, typer.Option(help="Former keys end now.")] = False,
) -> None:
    """Issue a new key for a site's gateway or a device; it is shown once and kept as a digest."""
    now_ms = wall_clock_ms()
    try:
        typer.echo(_run(lambda d: issue_key(d, holder, now_ms=now_ms, replace=replace)))
    except UnknownHolder as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@registry.command("officer")
def officer_command(  # noqa: PLR0917  Typer reads a command's parameters by position
    officer: Annotated[str, typer.Argument(help="Id to sign in with.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    name_zh: Annotated[str, typer.Option(help="Name in Chinese.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    name_en: Annotated[str, typer.Option(help="Name in English; the Chinese if left out.")] = "",
    unit: Annotated[str, typer.Option(help="Unit they belong to, as in units.csv.")] = FIRST_UNIT,
) -> None:
    """Let somebody sign in, or give them a new name, role, unit or password."""
    who = Officer(
        officer_id=officer, name_zh=name_zh, name_en=name_en or name_zh, role=role.value,
        password=password, unit_id=unit,
    )  # fmt: skip

    async def put(database: Database) -> bool:
        async with database.transaction() as tx:
            if await tx.row("registry_unit", unit_id=unit) is None:
                return False
            await put_officers(tx, [who])
        return True

    if not _run(put):
        typer.echo(f"no unit {unit}; import a units sheet first", err=True)
        raise typer.Exit(1)
    console.print(f"{officer} may sign in as {role.value}")


def _tell(faults: tuple[Fault, ...]) -> None:
    table = Table("sheet 表", "row 行", "column 列", "value 内容", "wrong 问题", "write 应填")
    for one in faults:
        row = str(one.row) if one.row else ""
        cells = (one.sheet, row, one.column, one.value, one.wrong, one.write)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    console.print(f"{len(faults)} faults; nothing was written")


async def _register(database: Database) -> Register:
    async with database.transaction() as tx:
        await tx.execute("registry_consistent")
        return await read_register(tx)


def _moment(text: str) -> int:
    if not text:
        return wall_clock_ms()
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


def _run(ask: Callable[[Database], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with Database(Settings().database_url, max_size=2) as database:
            return await ask(database)

    try:
        return asyncio.run(asked())
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
