"""Owns ``vigil clocks``: the terminal's view of time limits. Changes nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.clocks.keep import terms_of
from pipelines.clocks.kinds import DAY_MS, BadKinds, Kinds, in_force
from pipelines.records.working_days import ZONE
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

clocks = typer.Typer(no_args_is_help=True, help="Time limits and the duty ledger 时限与履职台账")
console = Console()
Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Unit = Annotated[str, typer.Option(help="Only this unit's; every unit's when left out.")]
STATES = ("active", "running", "paused", "breached", "met", "met_late", "ended", "all")
_MOST = 1000
_SHOWN = ("clock_id", "kind", "subject_kind", "subject_id", "unit_id", "held_by", "state",
          "started_ms", "due_ms")  # fmt: skip


@clocks.command("list")
def list_clocks(
    state: Annotated[
        str, typer.Option(help="active, running, paused, breached, met, met_late, ended, all")
    ] = "active",
    unit: Unit = "",
    officer: Annotated[str, typer.Option(help="Only what this officer holds.")] = "",
    kind: Annotated[str, typer.Option(help="Only this kind: see `vigil clocks kinds`.")] = "",
    as_json: AsJson = False,
) -> None:
    """What runs, the nearest end first; `--state breached` is what is overdue."""
    if state not in STATES:
        raise typer.BadParameter(f"--state is one of {', '.join(STATES)}")
    rows = _run(
        lambda d: d.rows(
            "clocks_page", unit_id=unit, state=state, kind=kind, holder=officer, at_most=_MOST
        )
    )
    _show([{name: row[name] for name in _SHOWN} for row in rows], as_json)


@clocks.command("show")
def show_clock(clock: Annotated[str, typer.Argument(metavar="CLOCK")]) -> None:
    """One clock as JSON: its law and terms as they were when it began, and all that happened."""

    async def gather(database: Database) -> dict[str, Any] | None:
        row = await database.row("clocks_one", clock_id=clock)
        if row is None:
            return None
        return {**row, "events": await database.rows("clocks_events_of", clock_id=clock)}

    if (found := _run(gather)) is None:
        raise typer.BadParameter(f"there is no clock {clock}")
    _json({**found, "length": terms_of(found).length})


@clocks.command("kinds")
def list_kinds(
    on: Annotated[
        str, typer.Option(help="In force on this day, YYYY-MM-DD; today if left out")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Every version, in force or not.")] = False,
    as_json: AsJson = False,
) -> None:
    """The kinds of time limits: how long, by what law, how sure we are, and from when to when.

    Sure: V read in the text, P in an excerpt, GK general knowledge, eng our own default, which the
    authority should set (VIGIL_CLOCK_KINDS).
    """
    try:
        kinds = in_force()
    except BadKinds as error:
        raise typer.BadParameter(str(error)) from error
    _show([_plain(terms) for terms in _chosen(kinds, _moment(on), every)], as_json)


@clocks.command("ledger")
def show_ledger(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of the last so many days.")] = 90,
    unit: Unit = "",
    every: Annotated[bool, typer.Option("--all", help="Also what was done or still has time.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """What was known and not acted on in time, and every step skipped. Accuses nobody."""
    from pipelines.clocks.ledger import ledger

    now_ms = _now_ms()
    duties = _run(
        lambda d: ledger(d, unit_id=unit, from_ms=now_ms - days * DAY_MS, to_ms=now_ms + 1)
    )
    shown = ("subject_kind", "subject_id", "unit_id", "step", "state", "holder", "since_ms",
             "due_ms", "done_ms", "by", "over", "basis")  # fmt: skip
    _show([{name: getattr(d, name) for name in shown} for d in duties if every or d.missing],
          as_json)  # fmt: skip


def _chosen(kinds: Kinds, at_ms: int, every: bool) -> list[Any]:
    if every:
        return list(kinds.kind)
    found = []
    for name in dict.fromkeys(k.name for k in reversed(kinds.kind)):
        try:
            found.append(kinds.at(name, at_ms))
        except KeyError:  # none of that name was in force then
            continue
    return found


def _plain(terms: Any) -> dict[str, Any]:
    return {
        "name": terms.name, "version": terms.version, "title": f"{terms.title.zh} {terms.title.en}",
        "length": terms.length, "law": f"{terms.law.zh} {terms.law.en}", "sure": terms.confidence,
        "sure_length": terms.length_confidence, "valid_from": terms.valid_from.isoformat(),
        "valid_to": terms.valid_to.isoformat() if terms.valid_to else "", "source": terms.source,
    }  # fmt: skip


def _moment(day: str) -> int:
    if not day:
        return _now_ms()
    try:
        noon = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), ZONE)
    except ValueError as error:
        raise typer.BadParameter(f"{day} is no day: write YYYY-MM-DD") from error
    return int(noon.timestamp() * 1000)


def _run(work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def done() -> Result:
        async with Database(Settings().database_url, max_size=1) as database:
            return await work(database)

    return asyncio.run(done())


def _show(rows: list[Row], as_json: bool) -> None:
    if as_json:
        _json(rows)
        return
    if not rows:
        typer.echo("nothing 无")
        return
    table = Table(*(name.removesuffix("_ms") for name in rows[0]))
    for row in rows:
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    console.print(table)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.endswith("_ms"):
        return f"{dt.datetime.fromtimestamp(value / 1000, ZONE):%Y-%m-%d %H:%M}"
    return escape(str(value))


def _json(said: Any) -> None:
    typer.echo(json.dumps(said, ensure_ascii=False, indent=2, default=str))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
