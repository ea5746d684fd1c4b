"""``vigil records device``: recorders, rooms, letters of responsibility. Owns no logic."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from detectors.figures import clock
from pipelines.records import equipment
from pipelines.records.asking import ask, console, moment_ms
from pipelines.records.equipment import Happened, Recorder
from pipelines.registry.kinds import CAPABILITIES
from pipelines.runtime import wall_clock_ms
from pipelines.store import Database
from pipelines.store.database import Row

device = typer.Typer(no_args_is_help=True, help="Recorders of the units: issue, return, check.")

Id = Annotated[str, typer.Argument(help="Id of the device.")]
Officer = Annotated[str, typer.Option(help="Who takes, brings or checks it.")]
By = Annotated[str, typer.Option(help="Who gives or receives it.")]
At = Annotated[str, typer.Option(help="Beijing time; now if left out.")]
Offset = Annotated[int, typer.Option(help="The device's clock less the true time, ms.")]
Works = Annotated[bool, typer.Option(help="Whether it works.")]
Note = Annotated[str, typer.Option(help="In words.")]


@device.command("add")
def add_command(
    *,
    device_id: Id,
    unit: Annotated[str, typer.Option(help="Unit that it belongs to.")],
    model: Annotated[str, typer.Option(help="Make and model.")],
    purpose: Annotated[str, typer.Option(help="What law enforcement needs it for.")],
    kind: Annotated[str, typer.Option(help="body_camera, camcorder, ...")] = "body_camera",
    standard: Annotated[str, typer.Option(help="Standard that it meets.")] = "",
    can: Annotated[
        list[str] | None,
        typer.Option(help="Capability; may be repeated: " + ", ".join(CAPABILITIES)),
    ] = None,
    room: Annotated[str | None, typer.Option(help="Inquiry or hearing room it stands in.")] = None,
) -> None:
    """Add a recorder to the register."""
    one = Recorder(
        device_id=device_id, unit_id=unit, taxon=kind, model=model, purpose=purpose,
        standard=standard, capabilities=tuple(can or ()), room_id=room,
    )  # fmt: skip
    ask(lambda database: equipment.add(database, one, now_ms=wall_clock_ms()))
    console.print(f"{device_id} is in the register")


@device.command("room")
def room_command(
    *,
    room: Annotated[str, typer.Argument(help="Id of the room.")],
    unit: Annotated[str, typer.Option(help="Unit.")],
    kind: Annotated[str, typer.Option(help="inquiry or hearing.")],
    name_zh: Annotated[str, typer.Option(help="Name in Chinese.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")] = "",
) -> None:
    """Add an inquiry or hearing room, which wants a device of its own."""
    if kind not in {"inquiry", "hearing"}:
        raise typer.BadParameter("--kind is inquiry or hearing")
    ask(
        lambda database: database.execute(
            "records_put_room", room_id=room, unit_id=unit, kind=kind, name_zh=name_zh,
            name_en=name_en or name_zh,
        )
    )  # fmt: skip


@device.command("list")
def list_command() -> None:
    """List recorders, who has them and what is wrong; units short of them; rooms; letters."""
    now_ms = wall_clock_ms()

    async def read(database: Database) -> tuple[list[Row], dict[str, list[Row]]]:
        rows = await database.rows("records_recorders", now_ms=now_ms)
        return rows, await equipment.equipped(database, now_ms=now_ms)

    rows, units = ask(read)
    table = Table("device 设备", "unit 单位", "kind 类别", "with 领用人", "since 自", "wrong 问题")
    for row in rows:
        out = row["last_event"] == Happened.ISSUE.value
        since = clock(row["last_ms"]) if out else ""
        wrong = ", ".join(equipment.unfit(row, now_ms))
        holder = str(row["last_officer"]) if out else ""
        table.add_row(row["device_id"], row["unit_id"], row["taxon"], holder, since, wrong)
    console.print(table)
    for unit in units["units"]:
        console.print(
            f"{unit['name_zh']} {unit['unit_id']}: {unit['recorders']} devices for "
            f"{unit['officers']} officers 每人一台"
            + (f", [red]{unit['short']} short 缺[/]" if unit["short"] else "")
        )
    for room in units["rooms"]:
        told = f"{room['recorders']} devices" if room["recorders"] else "[red]none 无设备[/]"
        console.print(f"{room['name_zh']} {room['room_id']} ({room['kind']}): {told}")
    for letter in units["letters"]:
        told = letter["number"] or "[red]no letter 未签责任书[/]"
        console.print(f"archivist 档案管理员 {letter['officer_id']}: {told}")


@device.command("issue")
def issue_command(device_id: Id, officer: Officer, by: By, at: At = "", note: Note = "") -> None:
    """Give a device to an officer, who answers for it from now on."""
    _note(Happened.ISSUE, device_id, officer, by, at=at, note=note)


@device.command("return")
def return_command(
    *,
    device_id: Id,
    officer: Officer,
    by: By,
    clock_offset_ms: Offset,
    at: At = "",
    works: Works = True,
    note: Note = "",
) -> None:
    """Take a device back and compare its clock."""
    _note(Happened.RETURN, device_id, officer, by, at=at, note=note, offset=clock_offset_ms,
          works=works)  # fmt: skip


@device.command("check")
def check_command(
    *,
    device_id: Id,
    officer: Officer,
    clock_offset_ms: Offset,
    at: At = "",
    works: Works = True,
    note: Note = "",
) -> None:
    """Check a device's clock and whether it works."""
    _note(Happened.CHECK, device_id, officer, officer, at=at, note=note, offset=clock_offset_ms,
          works=works)  # fmt: skip


@device.command("letter")
def letter_command(
    officer: Annotated[str, typer.Argument(help="Id of the archivist.")],
    number: Annotated[str, typer.Option(help="Number of the letter.")],
    signed: Annotated[str, typer.Option(help="When it was signed.")],
    until: Annotated[str, typer.Option(help="Until when it holds; open if left out.")] = "",
) -> None:
    """Note an archivist's letter of responsibility."""
    ask(
        lambda database: database.execute(
            "records_put_letter", officer_id=officer, number=number, signed_ms=moment_ms(signed),
            valid_to_ms=moment_ms(until) if until else None,
        )
    )  # fmt: skip


def _note(
    happened: Happened,
    device_id: str,
    officer: str,
    by: str,
    *,
    at: str,
    note: str,
    offset: int | None = None,
    works: bool = True,
) -> None:
    wrong = ask(
        lambda database: equipment.note(
            database, happened, device_id, officer=officer, by=by, at_ms=moment_ms(at),
            clock_offset_ms=offset, works=works, words=note,
        )
    )  # fmt: skip
    for one in wrong:
        if one != "unchecked":
            console.print(f"[red]{device_id}: {one}[/]")
