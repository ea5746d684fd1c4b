"""The terminal's view of the catalogue: ``vigil catalogue list | show | check | page``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from detectors.catalogue import phrasing
from detectors.catalogue.entry import ANY, Entry, day_ms
from detectors.catalogue.load import BUNDLED, Catalogue, CatalogueError, assemble, load
from detectors.catalogue.profiles import loosened
from detectors.catalogue.read import gather, texts_of

catalogue = typer.Typer(no_args_is_help=True, help="Look up, check and print limits and rules.")

_PIPED_WIDTH = 200
Folder = Annotated[
    Path | None, typer.Option("--catalogue", help="Folder instead of Vigil's own.", exists=True)
]
Local = Annotated[
    Path | None, typer.Option("--local", help="Local folder that adds and corrects.", exists=True)
]
Profiles = Annotated[
    list[str] | None, typer.Option("--profile", help="NAME=DAY of a local profile; repeatable.")
]
At = Annotated[
    dt.datetime | None, typer.Option("--at", help="Day to ask about.", formats=["%Y-%m-%d"])
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@catalogue.command("list")
def list_command(  # noqa: PLR0917 - options of Typer are positional
    site: Annotated[str | None, typer.Option(help="Kind of site, such as pool.")] = None,
    quantity: Annotated[str | None, typer.Option(help="Such as free_chlorine.")] = None,
    law: Annotated[str | None, typer.Option(help="Part of a law's name.")] = None,
    confidence: Annotated[str | None, typer.Option(help="V, P, GK or eng.")] = None,
    at: At = None,
    folder: Folder = None,
    local: Local = None,
    profile: Profiles = None,
    as_json: AsJson = False,
) -> None:
    """List what is in force, today or on a day."""
    found = [
        entry
        for entry in _load(folder, local, profile).in_force(day_ms(_day(at)))
        if (site is None or site in entry.site_kinds or ANY in entry.site_kinds)
        and (quantity is None or quantity in (entry.quantity, *entry.quantities))
        and (law is None or law.casefold() in f"{entry.law.name} {entry.law.article}".casefold())
        and (confidence is None or confidence.casefold() == entry.confidence.casefold())
    ]
    if as_json:
        typer.echo(_json(found))
        return
    table = Table("id", "title", "limit", "window", "finding", "law", "sure")
    for entry in found:
        cells = (
            entry.id,
            f"{entry.title.zh}\n{entry.title.en}",
            phrasing.limit(entry, "en"),
            phrasing.window(entry, "en"),
            phrasing.finding(entry, "en"),
            phrasing.cite(entry.law, "en"),
            entry.confidence,
        )
        table.add_row(*map(escape, cells))
    console = Console()
    console = console if console.is_terminal else Console(width=_PIPED_WIDTH)
    console.print(table)
    console.print(f"{len(found)} entries in force on {_day(at)}")


@catalogue.command("show")
def show_command(  # noqa: PLR0917 - the same
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="Such as pool-ph.")],
    at: At = None,
    folder: Folder = None,
    local: Local = None,
    profile: Profiles = None,
    as_json: AsJson = False,
) -> None:
    """Show all versions of an entry, or the one in force on a day, in both languages."""
    loaded = _load(folder, local, profile)
    known = {e.key: e for e in (*loaded.entries, *loaded.offered) if e.id == entry_id}
    found = [e for e in known.values() if at is None or e.in_force(day_ms(_day(at)))]
    if not found:
        when = f" in force on {_day(at)}" if known else ""
        typer.echo(f"the catalogue has no entry {entry_id}{when}", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(_json(found))
        return
    typer.echo("\n\n".join(phrasing.whole(e) for e in sorted(found, key=lambda e: e.valid_from)))


@catalogue.command("check")
def check_command(
    folder: Annotated[
        Path | None, typer.Argument(help="A whole catalogue; Vigil's own when left out.")
    ] = None,
    local: Local = None,
) -> None:
    """Name every problem with its file and entry. Status 1 if there is one."""
    from detectors.vision import check_rules

    texts = texts_of(folder or BUNDLED)
    own = texts_of(local) if local else {}
    loaded, wrong = assemble(texts, own)
    if not texts:
        wrong = [f"no *.toml in {folder}"]
    if not wrong:
        try:
            check_rules(loaded)
        except CatalogueError as error:
            wrong = [str(error)]
    for problem in wrong:
        typer.echo(problem, err=True)
    if wrong:
        raise typer.Exit(1)
    mine = [entry.key for _, entry in gather(own).placed]
    for entry_id, said in loosened(loaded.entries, mine):
        typer.echo(f"note: entry {entry_id}: {said}: only a mistake may be corrected so")
    profiles = ", ".join(loaded.profiles) or "none"
    typer.echo(f"{len(loaded.entries)} entries are in order; profiles: {profiles}")


@catalogue.command("page")
def page_command(
    into: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pages go.")],
    folder: Folder = None,
    local: Local = None,
    profile: Profiles = None,
) -> None:
    """Write the reference pages for inspectors, in English and Chinese."""
    from detectors.catalogue.page import FILES, render

    loaded = _load(folder, local, profile)
    into.mkdir(parents=True, exist_ok=True)
    for language, name in FILES.items():
        (into / name).write_text(render(loaded, language), encoding="utf-8")
        typer.echo(str(into / name))


def _load(folder: Path | None, local: Path | None, profiles: list[str] | None) -> Catalogue:
    enabled = {}
    for said in profiles or []:
        name, _, day = said.partition("=")
        try:
            enabled[name] = dt.date.fromisoformat(day)
        except ValueError as error:
            raise typer.BadParameter(f"{said!r} is not NAME=YYYY-MM-DD") from error
    try:
        return load(folder, extra=local, profiles=enabled)
    except CatalogueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _day(at: dt.datetime | None) -> dt.date:
    """The day asked about; today is the one of the district."""
    return (at or dt.datetime.now(ZoneInfo("Asia/Shanghai"))).date()


def _json(entries: list[Entry]) -> str:
    return json.dumps(msgspec.to_builtins(entries), ensure_ascii=False, indent=2)
