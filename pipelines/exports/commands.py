"""Owns ``vigil export``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pipelines.errors import Transient
from pipelines.exports.credit import Exported, export_credit
from pipelines.settings import Settings
from pipelines.store import Database

export = typer.Typer(help="Write results to files 导出", no_args_is_help=True)


@export.callback()
def _export() -> None:
    """Write results to files 导出."""


@export.command("credit")
def credit(
    out: Annotated[Path, typer.Option(help="folder to write to")],
    formats: Annotated[str, typer.Option("--format", help="csv, parquet or both")] = "csv,parquet",
) -> None:
    """The official credit of every party, as of now 信用评分."""
    try:
        done = asyncio.run(_credit(out, [name.strip() for name in formats.split(",")]))
    except (ValueError, OSError, Transient) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for path in done.files:
        typer.echo(str(path))
    typer.echo(f"{done.rows} parties 家主体")


async def _credit(out: Path, formats: list[str]) -> Exported:
    async with Database(Settings().database_url, max_size=1) as database:
        return await export_credit(database, out, formats)
