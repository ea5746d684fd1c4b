"""The terminal's view of responsibility: ``vigil duty``. Owns no logic.

Officers are named by their id; who may do what stands in ``pipelines.access``.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from pipelines.access.policy import Actor
from pipelines.records.working_days import ZONE
from pipelines.settings import Settings
from pipelines.store import Database

duty = typer.Typer(no_args_is_help=True, help="Who did what, leads, diligence 履职与责任")
console = Console()
Result = TypeVar("Result")
DAY = dt.timedelta(days=1)
By = Annotated[str, typer.Option("--by", help="Officer who does it.")]
From = Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD; left out: today.")]


@duty.command("report")
def report_command(
    unit: Annotated[str, typer.Option(help="Unit; every unit when left out.")] = "",
    officer: Annotated[str, typer.Option(help="Only this officer's row and leads.")] = "",
    since: From = "",
    until: To = "",
    form: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
) -> None:
    """How duties were done: in time, overdue, skipped, overruled, open; and leads for a person."""
    from detectors.catalogue import bundled
    from pipelines.accountability.gather import observe
    from pipelines.accountability.leads import leads
    from pipelines.accountability.report import report

    if form not in ("table", "csv", "json"):
        raise typer.BadParameter("--format is table, csv or json")
    from_ms, to_ms = _span(since, until)

    async def made(database: Database) -> dict[str, Any]:
        known = [r["unit_id"] for r in await database.rows("duty_units")]
        if unit and unit not in known:
            raise typer.BadParameter(f"no unit {unit}; known: {', '.join(known)}")
        if officer:
            await _actor(database, officer)
        units = [unit] if unit else known
        rows: list[dict[str, Any]] = []
        found: list[Any] = []
        for one in units:
            seen = await observe(
                database, bundled(), unit_id=one, from_ms=from_ms, to_ms=to_ms, now_ms=_now_ms()
            )
            if seen.cut:
                typer.echo(f"{one}: only the newest matters are counted; ask for less", err=True)
            led = leads(seen)
            rows += [{"unit_id": one, **r.flat()} for r in report(seen, led)]
            found += led
        mine = [r for r in rows if officer in ("", r["officer_id"])]
        return {"rows": mine, "leads": [one for one in found if officer in ("", one.officer_id)]}

    _tell(_run(made), form)


@duty.command("actors")
def actors_command(
    kind: Annotated[str, typer.Argument(help="alert, case or clue")],
    subject: Annotated[str, typer.Argument(metavar="ID")],
) -> None:
    """Who acted at each step, in which capacity (art. 10): as JSON, with the facts cited."""
    from pipelines.accountability.actors import steps
    from pipelines.accountability.facts import facts_of, subject_of
    from pipelines.accountability.posts import posts

    async def read(database: Database) -> list[Any]:
        async with database.transaction() as tx:
            found = await subject_of(tx, kind, subject)
            return list(steps(found, await facts_of(tx, found), await posts(tx)))

    typer.echo(_json(_run(read)))


@duty.command("posts")
def posts_command(
    file: Annotated[
        Path, typer.Argument(help="JSON: posts and units", exists=True, dir_okay=False)
    ],
    by: By,
) -> None:
    """Enter posts, superiors and units above units; a post ends by giving it its to_ms."""
    from pipelines.accountability.posts import enter, read_sheet

    async def put(database: Database) -> int:
        return await enter(database, read_sheet(file), by=by, now_ms=_now_ms())

    typer.echo(f"{_run(put)} changed")


@duty.command("record")
def record_command(  # noqa: PLR0917  Typer reads a command's parameters by position
    officer: Annotated[str, typer.Argument(help="Whom it is about.")],
    kind: Annotated[
        str, typer.Argument(help="plan, training, approval, double_random, flying, conduct, other")
    ],
    title: Annotated[str, typer.Option(help="What it was.")],
    by: By,
    day: Annotated[str, typer.Option(help="When, YYYY-MM-DD; left out: today.")] = "",
    words: Annotated[str, typer.Option(help="More about it.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="A file that shows it.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Enter what shows an officer's diligence (art. 7)."""
    from pipelines.accountability.register import Diligence, record
    from pipelines.vault.opening import open_vault

    at_ms = _span(day, day)[0] if day else _now_ms()

    async def put(database: Database) -> str:
        stored = await asyncio.to_thread(open_vault(Settings()).put, file) if file else None
        entry = Diligence(
            officer_id=officer, kind=kind, title=title, words=words, at_ms=at_ms,
            file_name=file.name if file else "", file=stored,
        )  # fmt: skip
        return await record(database, await _actor(database, by), entry, now_ms=_now_ms())

    typer.echo(_run(put))


@duty.command("diligence")
def diligence_command(  # noqa: PLR0917  Typer reads a command's parameters by position
    officer: Annotated[str, typer.Argument(help="Whose.")],
    since: From,
    out: Annotated[Path, typer.Option("--out", help="The zip to write.")],
    until: To = "",
    by: Annotated[str, typer.Option("--by", help="Who asks; left out: the officer.")] = "",
    reason: Annotated[str, typer.Option(help="Why, where a leader asks.")] = "",
) -> None:
    """Make the package of an officer's diligence, for their own defence (art. 7); it is logged."""
    from pipelines.accountability.diligence import Wanted, package
    from pipelines.evidence.keys import Keys
    from pipelines.vault.opening import open_vault

    settings = Settings()
    from_ms, to_ms = _span(since, until)
    wanted = Wanted(officer_id=officer, from_ms=from_ms, to_ms=to_ms, reason=reason)

    async def make(database: Database) -> str:
        return await package(
            database, open_vault(settings), Keys(settings.keys),
            await _actor(database, by or officer), wanted, target=out, now_ms=_now_ms(),
        )  # fmt: skip

    typer.echo(f"{out} {_run(make)}")


@duty.command("verify")
def verify_command() -> None:
    """Check every fault file: no entry changed, left out or put in between."""
    from pipelines.accountability.book import Tampered, read_file

    async def check(database: Database) -> list[str]:
        bad = []
        for row in await database.rows("duty_all_faults"):
            try:
                await read_file(database, row["fault_id"])
            except Tampered as error:
                bad.append(str(error))
        return bad

    bad = _run(check)
    for line in bad:
        typer.echo(line, err=True)
    typer.echo("fault files hold" if not bad else f"{len(bad)} fault files do not hold")
    raise typer.Exit(1 if bad else 0)


def _tell(made: dict[str, Any], form: str) -> None:
    if form == "json":
        typer.echo(_json(made))
        return
    rows = made["rows"]
    if form == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else ["unit_id"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        typer.echo(text.getvalue(), nl=False)
        return
    table = Table(*(list(rows[0]) if rows else ["unit_id"]))
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
    for lead in made["leads"]:
        who, about = lead.officer_id or "-", f"{lead.subject_kind}:{lead.subject_id}"
        console.print(f"{lead.article} {lead.code} {who} {about}", soft_wrap=True, highlight=False)
    console.print(
        "Leads are for a person to look at; none is a verdict. 线索供人工核查，不作认定。"
    )


def _span(since: str, until: str) -> tuple[int, int]:
    today = dt.datetime.now(ZONE).date()
    try:
        last = dt.date.fromisoformat(until) if until else today
        first = dt.date.fromisoformat(since) if since else last - 30 * DAY
    except ValueError as error:
        raise typer.BadParameter(f"write days as 2026-06-01: {error}") from error
    return _midnight(first), _midnight(last + DAY)


def _midnight(day: dt.date) -> int:
    return round(dt.datetime.combine(day, dt.time(), ZONE).timestamp() * 1000)


def _json(value: Any) -> str:
    import msgspec

    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2)


async def _actor(database: Database, officer_id: str) -> Actor:
    row = await database.row("duty_officer", officer_id=officer_id)
    if row is None:
        raise typer.BadParameter(f"the register has no officer {officer_id}")
    return Actor(officer_id=officer_id, role=row["role"], unit_id=row["unit_id"])


def _run(work: Callable[[Database], Awaitable[Result]]) -> Result:
    from pipelines.accountability.facts import NoSuchSubject
    from pipelines.accountability.posts import NotEntered
    from pipelines.accountability.said import NotSaid
    from pipelines.accountability.separation import NotYours

    async def inside() -> Result:
        async with Database(Settings().database_url, max_size=2) as database:
            return await work(database)

    try:
        return asyncio.run(inside())
    except (NoSuchSubject, NotEntered, NotSaid, NotYours) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
