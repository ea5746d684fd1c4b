"""The terminal's view of the audio-visual record: ``vigil records ...``. Owns no logic."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from detectors.figures import clock
from pipelines.records.act_commands import act, violation
from pipelines.records.asking import ask, console
from pipelines.records.checklist import checked, empty_form, script
from pipelines.records.device_commands import device
from pipelines.records.findings import place as place_in
from pipelines.records.spot_commands import spot_check
from pipelines.records.statistics import Line, by_officer, by_unit, month_span, read_span
from pipelines.records.statistics import violations as violations_of
from pipelines.records.types import Delay, Interrupted, NotTaken, Secrecy, Statement, Taken
from pipelines.records.working_days import ZONE
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

records = typer.Typer(
    no_args_is_help=True, help="Officers' own recordings, and what surrounds them."
)
records.add_typer(device, name="device")
records.add_typer(act, name="act")
records.add_typer(violation, name="violation")
records.add_typer(spot_check, name="spot-check")


class Form(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Month = Annotated[str, typer.Option(help="Month, e.g. 2026-11; this one if left out.")]
Unit = Annotated[str | None, typer.Option(help="Only this unit.")]
As = Annotated[Form, typer.Option("--format", help="table, csv or json.")]


@records.command("import")
def import_command(
    *,
    files: Annotated[list[Path], typer.Argument(help="Body-camera files.", dir_okay=False)],
    officer: Annotated[list[str], typer.Option(help="Who carried out the act; may be repeated.")],
    device_id: Annotated[str, typer.Option("--device", help="Id of the recorder.")],
    matter: Annotated[str, typer.Option(help="What the inspection was about.")],
    act_kind: Annotated[str, typer.Option("--act", help="Kind of act: vigil records acts.")],
    place: Annotated[str, typer.Option(help="Where.")],
    unit: Annotated[str | None, typer.Option(help="Unit; the first officer's if left out.")] = None,
    party: Annotated[str | None, typer.Option(help="Id of the supervised party.")] = None,
    case: Annotated[str | None, typer.Option(help="Id of the case file.")] = None,
    date: Annotated[str, typer.Option(help="Day it was recorded; the file's if left out.")] = "",
    start_ms: Annotated[
        list[int] | None, typer.Option(help="UTC of a file's first picture, epoch ms; once a file.")
    ] = None,
    secrecy: Annotated[Secrecy, typer.Option(help="Class of secrecy.")] = Secrecy.INTERNAL,
    session: Annotated[str | None, typer.Option(help="Session that the files belong to.")] = None,
    delay_approved_by: Annotated[
        str | None, typer.Option(help="Leader who approved an import after two working days.")
    ] = None,
    delay_reason: Annotated[str, typer.Option(help="Why it was late.")] = "",
    checklist: Annotated[
        Path | None, typer.Option(help="TOML of answers.", exists=True, dir_okay=False)
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="QUESTION=yes, no or n/a; may be repeated.")
    ] = None,
    indoors: Annotated[bool, typer.Option(help="In the unit's own rooms: no landmark.")] = False,
    quick: Annotated[bool, typer.Option(help="Do not look at every picture.")] = False,
    by: Annotated[str, typer.Option(help="Who imports; the first officer if left out.")] = "",
) -> None:
    """Take recordings into the vault within two working days, and say what is odd about them."""
    from pipelines.records.intake import take
    from pipelines.vault.opening import open_vault

    delay = None
    if delay_approved_by or delay_reason:
        delay = Delay(approved_by=delay_approved_by or "", reason=delay_reason)
    said = Statement(
        officers=tuple(officer), device_id=device_id, matter=matter, act=act_kind, place=place,
        imported_by=by or officer[0], unit_id=unit, party_id=party, case_id=case, day=date,
        start_ms=tuple(start_ms or ()), secrecy=secrecy, session_id=session, delay=delay,
        answers=_answers(checklist, answer or []), off_office=not indoors,
    )  # fmt: skip
    vault = open_vault(Settings())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)

        async def bring(database: Database) -> list[Taken]:
            return await take(
                database, vault, files, said, now_ms=wall_clock_ms(), look=not quick,
                tell=lambda what, share: progress.update(task, description=what, completed=share),
            )  # fmt: skip

        taken = ask(bring)
    for one in taken:
        _tell(one)


@records.command("acts")
def acts_command() -> None:
    """List the kinds of act and how each must be recorded."""
    from pipelines.records.acts import acts

    table = Table(
        "code", "act 执法活动", "must 应当", "unbroken 无间断", "for good 可长期", "article 条"
    )
    for one in acts().values():
        marks = ("✓" if mark else "" for mark in (one.must, one.continuous, one.permanent))
        table.add_row(one.code, f"{one.zh}\n{one.en}", *marks, f"{one.article} {one.row}")
    console.print(table)


@records.command("template")
def template_command(
    *,
    officer: Annotated[list[str] | None, typer.Option(help="Name; may be repeated.")] = None,
    authority: Annotated[str, typer.Option(help="Name of the authority.")] = "婺城卫健",
    matter: Annotated[str, typer.Option(help="What the inspection is about.")] = "",
    place: Annotated[str, typer.Option(help="Where.")] = "",
    act_name: Annotated[str, typer.Option("--act", help="What is done.")] = "",
    focus: Annotated[str, typer.Option(help="What is mainly filmed.")] = "",
    checklist: Annotated[bool, typer.Option(help="A form of the checklist instead.")] = False,
) -> None:
    """Print the opening words to be spoken, or with --checklist the form to answer at import."""
    if checklist:
        typer.echo(empty_form(), nl=False)
        return
    typer.echo(
        script(
            authority=authority, officers=officer or (), matter=matter, place=place, act=act_name,
            focus=focus, now=dt.datetime.now(ZONE),
        )
    )  # fmt: skip


@records.command("gaps")
def gaps_command(
    *,
    session: Annotated[str, typer.Argument(help="Id of the session.")],
    state: Annotated[int | None, typer.Option(help="Number of the gap to state.")] = None,
    reason: Annotated[Interrupted | None, typer.Option(help="Why it was interrupted.")] = None,
    aloud: Annotated[bool, typer.Option(help="It was said aloud at the restart.")] = False,
    officer: Annotated[str, typer.Option(help="Who states it.")] = "",
    note: Annotated[str, typer.Option(help="In words.")] = "",
) -> None:
    """List a session's interruptions, or state the reason of one. Status 1 while one is open."""
    from pipelines.records.diary import session_gaps, state_interruption

    if state is not None:
        if reason is None or not officer:
            raise typer.BadParameter("--state wants --reason and --officer")
        ask(
            lambda database: state_interruption(
                database, session, state, reason, aloud=aloud, note=note, officer_id=officer,
                now_ms=wall_clock_ms(),
            )
        )  # fmt: skip
    found = ask(lambda database: session_gaps(database, session))
    table = Table("gap", "from 自", "to 至", "seconds 秒", "reason 原因", "aloud 语音说明")
    for number, gap in enumerate(found, 1):
        length = f"{(gap.end_ms - gap.start_ms) / 1000:.1f}"
        said = (gap.reason or "[red]none 未说明[/]", "✓" if gap.aloud else "✗")
        table.add_row(str(number), clock(gap.start_ms), clock(gap.end_ms), length, *said)
    console.print(table if found else "no interruptions 无中断")
    raise typer.Exit(1 if any(gap.open for gap in found) else 0)


@records.command("coverage")
def coverage_command(month: Month = "", unit: Unit = None) -> None:
    """Say which acts of a month have a record that covers them, and list those that have not."""
    from pipelines.records.coverage import rates

    from_ms, to_ms = _span(month)
    found = ask(lambda database: read_span(database, from_ms, to_ms, unit_id=unit)).acts
    share = rates(found)
    told = "—" if share.share is None else f"{share.share:.0%}"
    console.print(
        f"must be recorded 应记录 {share.must}: whole 完整 {share.whole} ({told}), partly 部分 "
        f"{share.partly}, none 未记录 {share.unrecorded}, excused 免予 {share.excused}; "
        f"others 其他 {sum(not one.must for one in found)}"
    )
    table = Table("act", "kind 类别", "from 自", "officers 执法人员", "share 覆盖", "fault 问题")
    for one in (one for one in found if one.fault):
        officers = " ".join(one.officers)
        table.add_row(
            one.act_id, one.kind, clock(one.start_ms), officers, f"{one.share:.0%}", one.fault
        )
    if table.row_count:
        console.print(table)


@records.command("stats")
def stats_command(
    month: Month = "",
    unit: Unit = None,
    officers: Annotated[bool, typer.Option(help="By officer; by unit if left out.")] = False,
    form: As = Form.TABLE,
) -> None:
    """Count a month by unit or officer, the weakest first, with their weak links ranked."""
    from_ms, to_ms = _span(month)
    found = ask(lambda database: read_span(database, from_ms, to_ms, unit_id=unit))
    lines = by_officer(found) if officers else by_unit(found)
    if form is Form.JSON:
        typer.echo(msgspec.json.format(msgspec.json.encode(lines)).decode())
    elif form is Form.CSV:
        typer.echo(_csv(lines), nl=False)
    else:
        _print_lines(lines)


@records.command("violations")
def violations_command(month: Month = "", unit: Unit = None, form: As = Form.TABLE) -> None:
    """List what article 35 forbids: acts unrecorded, edits, losses, leaks, wrong storage."""
    from_ms, to_ms = _span(month)
    found = violations_of(ask(lambda database: read_span(database, from_ms, to_ms, unit_id=unit)))
    if form is Form.JSON:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    rows = [(v.kind, v.subject, v.unit_id, clock(v.at_ms), v.seen, v.note) for v in found]
    head = ("kind 类别", "record or act 对象", "unit 单位", "at 时间", "seen by 来源", "note 说明")
    if form is Form.CSV:
        csv.writer(sys.stdout).writerows([head, *rows])
        return
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _answers(file: Path | None, options: list[str]) -> dict[str, str]:
    try:
        said: dict[str, object] = tomllib.loads(file.read_text("utf-8")) if file else {}
    except tomllib.TOMLDecodeError as error:
        raise typer.BadParameter(f"{file} is no TOML: {error}") from error
    for option in options:
        code, _, value = option.partition("=")
        said[code] = value
    try:
        return checked(said)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _tell(one: Taken) -> None:
    if one.already:
        console.print(
            f"{one.path.name} is record {one.record_id} since {clock(one.imported_ms)}; unchanged",
            soft_wrap=True,
        )
        return
    console.print(
        f"{one.path.name} is record {one.record_id}, session {one.session_id}: "
        f"{clock(one.start_ms)} to {clock(one.end_ms)}, due {clock(one.due_ms)}",
        soft_wrap=True,
    )
    table = Table("severity 程度", "at 位置", "lead 线索")
    for lead in one.findings:
        at = "" if lead.at_s is None else place_in(lead.at_s)
        table.add_row(lead.severity, at, f"{lead.zh}\n{lead.en}")
    if one.findings:
        console.print(table)
    for question in one.missing:
        console.print(f"  missing 缺 {question.row}: {question.zh} / {question.en}", soft_wrap=True)


def _span(month: str) -> tuple[int, int]:
    try:
        return month_span(month or f"{dt.datetime.now(ZONE):%Y-%m}")
    except NotTaken as error:
        raise typer.BadParameter(str(error)) from error


def _csv(lines: list[Line]) -> str:
    out = io.StringIO()
    rows = [msgspec.to_builtins(line) for line in lines]
    for row in rows:
        row |= {f"use_{use}": count for use, count in row.pop("uses").items()}
        row["weak"] = "; ".join(f"{name} {n}/{of}" for name, n, of in row["weak"])
    if rows:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def _print_lines(lines: list[Line]) -> None:
    table = Table(
        "who", "records 记录", "hours 时长", "late 逾期", "acts 执法", "missing 缺失", "gaps 中断",
        "findings 线索", "coverage 覆盖", "disputes 争议", "weak links 薄弱环节",
    )  # fmt: skip
    for line in lines:
        share = "—" if line.coverage is None else f"{line.coverage:.0%}"
        figures = (line.records, line.hours, line.late, line.acts, line.missing,
                   f"{line.gaps} ({line.unstated_gaps})", line.findings, share,
                   line.uses["dispute"])  # fmt: skip
        weak = "\n".join(f"{name} {n}/{of}" for name, n, of in line.weak)
        table.add_row(line.who, *map(str, figures), weak)
    console.print(table)
