"""Owns ``vigil clues``: the terminal's view of provincial clues. Decides nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.clues.intake import iso
from pipelines.clues.moves import STATES
from pipelines.clues.platforms import BadPlatforms, Platform
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

clues = typer.Typer(no_args_is_help=True, help="Clues of the provincial platform 省平台线索")
console = Console()
Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Unit = Annotated[str, typer.Option(help="Only this unit's; every unit's when left out.")]
From = Annotated[str, typer.Option("--platform", help="Its id; may be left out if there is one.")]
_MOST = 1000


@clues.command("import")
def import_clues(
    file: Annotated[
        Path, typer.Argument(help="JSON lines, .csv or .xlsx", exists=True, dir_okay=False)
    ],
    platform: From = "",
    as_json: AsJson = False,
) -> None:
    """Take in a file of clues. The same file twice is once; a bad line is kept with its reason.

    One clue a line: platform_id, title, claim; also uscc, party_name, address, deadline (with a
    time zone), and in JSON attachments. Ends with 1 when a line was refused: mend and repeat.
    """
    from pipelines.clues.files import BadFile, bring

    chosen = _platform(platform)
    try:
        lines = _run(lambda database: bring(database, chosen, file, now_ms=_now_ms()))
    except BadFile as error:
        raise typer.BadParameter(str(error)) from error
    rows = [
        {"place": n.place, "outcome": n.outcome, "clue_id": n.clue_id, "reason": n.reason}
        for n in lines
    ]
    many = {o: sum(n.outcome == o for n in lines) for o in ("taken", "repeated", "refused")}
    if as_json:
        _json({**many, "lines": rows})
    else:
        for row in rows:
            if row["outcome"] == "refused":
                typer.echo(f"{row['place']}: {row['reason']}", err=True)
        typer.echo(", ".join(f"{n} {outcome}" for outcome, n in many.items()))
    raise typer.Exit(1 if many["refused"] else 0)


@clues.command("list")
def list_clues(
    state: Annotated[str, typer.Option(help="open, unmatched, all, or a state")] = "open",
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Clues by what is due first."""
    if state not in ("open", "unmatched", "all", *STATES):
        raise typer.BadParameter(f"--state is open, unmatched, all, {', '.join(STATES)}")
    rows = _run(lambda d: d.rows("clues_page", unit_id=unit, state=state, at_most=_MOST))
    _show(rows, as_json, "clue_id", "platform_id", "title", "state", "party_name", "assignee",
          "received_ms", "due_ms", "clock_state")  # fmt: skip


@clues.command("show")
def show_clue(clue: Annotated[str, typer.Argument(metavar="CLUE")]) -> None:
    """One clue as JSON: the original, what was done, time limits, receipt and answer."""

    async def gather(database: Database) -> dict[str, Any] | None:
        row = await database.row("clues_one", clue_id=clue)
        if row is None:
            return None
        parts = {
            name: await database.rows(f"clues_{name}", clue_id=clue)
            for name in ("events", "attachments", "messages", "clocks")
        }
        return {**row, "body": json.loads(bytes(row["body"])), **parts}

    if (found := _run(gather)) is None:
        raise typer.BadParameter(f"there is no clue {clue}")
    _json(found)


@clues.command("refused")
def refused_clues(unit: Unit = "", as_json: AsJson = False) -> None:
    """What platforms sent and could not be taken, with the reason and the bytes."""
    rows = _run(lambda d: d.rows("clues_refused", unit_id=unit, at_most=_MOST))
    rows = [{**row, "body": bytes(row["body"]).decode("utf-8", "replace")} for row in rows]
    _show(rows, as_json, "at_ms", "platform", "way", "place", "reason", "body")


@clues.command("resend")
def resend_messages(
    message: Annotated[str, typer.Argument(help="one message; all given up when left out")] = "",
) -> None:
    """Queue receipts and answers again that a platform would not take. Doing it twice is safe."""
    from pipelines.clues.sending import resend

    queued = _run(lambda database: resend(database, message, now_ms=_now_ms()))
    for one in queued:
        typer.echo(one)
    typer.echo(f"{len(queued)} queued 已重新排队")
    raise typer.Exit(1 if message and not queued else 0)


@clues.command("export")
def export_messages(
    file: Annotated[Path, typer.Argument(help="JSON lines to write; must not exist")],
    platform: From = "",
) -> None:
    """Write receipts and answers for a platform without an address; answered clues are closed."""
    from pipelines.clues.files import BadFile, write_back

    chosen = _platform(platform)
    if chosen.url:
        raise typer.BadParameter(f"{chosen.id} has an address: the worker sends by itself")
    try:
        many = _run(lambda database: write_back(database, chosen, file, now_ms=_now_ms()))
    except BadFile as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"{many} written 已导出 {file}" if many else "nothing waits 没有待发送")


def _platform(name: str) -> Platform:
    from pipelines.clues.platforms import load

    try:
        known = load(Settings().clue_platforms)
    except BadPlatforms as error:
        raise typer.BadParameter(str(error)) from error
    if not known:
        raise typer.BadParameter("no platform is configured: see VIGIL_CLUE_PLATFORMS")
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        raise typer.BadParameter(f"--platform is one of {', '.join(known)}")
    return known[name]


def _run(work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def done() -> Result:
        async with Database(Settings().database_url, max_size=1) as database:
            return await work(database)

    return asyncio.run(done())


def _show(rows: list[Row], as_json: bool, *columns: str) -> None:
    if as_json:
        _json([{name: row[name] for name in columns} for row in rows])
        return
    table = Table(*(name.removesuffix("_ms") for name in columns))
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in columns))
    console.print(table)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    return iso(value)[:16].replace("T", " ") if name.endswith("_ms") else escape(str(value))


def _json(said: Any) -> None:
    def plain(value: Any) -> str:
        return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

    typer.echo(json.dumps(said, ensure_ascii=False, indent=2, default=plain))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
