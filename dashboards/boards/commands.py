"""Owns ``vigil boards``: render to JSON, push to Grafana, check the SQL.

Grafana itself cannot be installed where this is tested: see ``push.py`` for what stands in.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated

import typer

from dashboards.boards import BOARDS
from dashboards.boards.check import PanelFailed, PanelResult, run_panels
from dashboards.boards.push import PushFailed, rendered
from dashboards.boards.push import push as push_boards
from pipelines.errors import Transient
from pipelines.settings import Settings
from pipelines.store import Database

boards = typer.Typer(help="Grafana boards as code.", no_args_is_help=True)


@boards.command()
def render(
    out: Annotated[Path, typer.Option(help="folder for the JSON files")] = Path("build/boards"),
) -> None:
    """Write every board as JSON, ready for Grafana's import."""
    out.mkdir(parents=True, exist_ok=True)
    for build in BOARDS:
        board = rendered(build())
        path = out / f"{board['uid']}.json"
        path.write_text(json.dumps(board, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        typer.echo(str(path))


@boards.command()
def push() -> None:
    """Make or update folder, data source and boards in Grafana."""
    try:
        titles = push_boards(Settings())
    except PushFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for title in titles:
        typer.echo(f"pushed {title}")


@boards.command()
def check(
    hours: Annotated[float, typer.Option(min=0, help="span of time, up to now")] = 24.0,
) -> None:
    """Run every panel's SQL against the database."""
    to_ms = time.time_ns() // 1_000_000
    try:
        results = asyncio.run(_check(Settings(), to_ms - int(hours * 3_600_000), to_ms))
    except (PanelFailed, Transient) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for result in results:
        typer.echo(f"{result.rows:6d} rows  {result.panel}")


async def _check(settings: Settings, from_ms: int, to_ms: int) -> list[PanelResult]:
    async with Database(settings.database_url) as database:
        return await run_panels(database, from_ms, to_ms)
