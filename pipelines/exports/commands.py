"""Owns ``vigil export``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipelines.errors import Transient
from pipelines.exports.credit import export_credit
from pipelines.exports.tables import Exported
from pipelines.exports.verdicts import export_verdicts
from pipelines.settings import Settings
from pipelines.store import Database

export = typer.Typer(help="Write results to files 导出", no_args_is_help=True)


@export.callback()
def _export() -> None:
    """Write results to files 导出."""


Out = Annotated[Path, typer.Option(help="folder to write to")]
Formats = Annotated[str, typer.Option("--format", help="csv, parquet or both")]
Table = Callable[[Database, Path, list[str]], Awaitable[Exported]]


@export.command("credit")
def credit(out: Out, formats: Formats = "csv,parquet") -> None:
    """The official credit of every party, as of now 信用评分."""
    typer.echo(f"{_write(export_credit, out, formats)} parties 家主体")


@export.command("verdicts")
def verdicts(
    out: Out,
    formats: Formats = "csv,parquet",
    since: Annotated[
        datetime | None, typer.Option(help="verdicts from this day on, UTC", formats=["%Y-%m-%d"])
    ] = None,
    rule: Annotated[str, typer.Option(help="only this rule's")] = "",
) -> None:
    """Officers' verdicts as labels for training and weighing detectors 处置结论."""
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    table = partial(export_verdicts, since_ms=since_ms, rule=rule)
    typer.echo(f"{_write(table, out, formats)} verdicts 条结论")


def _write(table: Table, out: Path, formats: str) -> int:
    """Writes it, names the files and returns how many rows there are."""

    async def written() -> Exported:
        async with Database(Settings().database_url, max_size=1) as database:
            return await table(database, out, [name.strip() for name in formats.split(",")])

    try:
        done = asyncio.run(written())
    except (ValueError, OSError, Transient) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for path in done.files:
        typer.echo(str(path))
    return done.rows
