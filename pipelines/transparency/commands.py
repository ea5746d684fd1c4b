"""The terminal's view of the log: ``vigil evidence log | consistency | rotate-key``. No logic."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from pipelines.errors import Transient
from pipelines.evidence.keys import BadKey, Keys
from pipelines.evidence.manifest import iso
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.note import BadNote
from pipelines.transparency.place import place_of
from pipelines.transparency.rotation import rotate
from pipelines.transparency.status import continued, status

transparency = typer.Typer()

Result = TypeVar("Result")


@transparency.command("log")
def log_command() -> None:
    """Show the log: leaves, root, newest checkpoint, what waits, last time stamp."""
    settings = Settings()
    found = _run(settings, lambda database: status(database, Keys(settings.keys)))
    typer.echo(f"waiting 等待: {found.pending}")
    if found.checkpoint is None or found.note is None:
        typer.echo("no checkpoint yet 尚无检查点")
        return
    typer.echo(f"leaves 条目: {found.checkpoint.size}")
    typer.echo(f"root 根: {found.checkpoint.root.hex()}")
    if found.stamp:
        stamped = f"{iso(found.stamp.stamped_ms)} {found.stamp.authority} ({found.stamp.size})"
        typer.echo(f"time stamp 时间戳: {stamped}")
    typer.echo("\n" + found.note.decode(), nl=False)


@transparency.command("consistency")
def consistency_command(
    kept: Annotated[
        Path, typer.Argument(help="a checkpoint that somebody kept", exists=True, dir_okay=False)
    ],
) -> None:
    """Show whether today's log continues a kept checkpoint, with the proof. Status 1 if not."""
    settings, note = Settings(), kept.read_bytes()
    found = _run(settings, lambda database: continued(database, place_of(settings), note))
    typer.echo(f"kept 留存: {found.kept.size} {found.kept.root.hex()}")
    typer.echo(f"now 当前: {found.now.size} {found.now.root.hex()}")
    for one in found.proof:
        typer.echo(base64.b64encode(one).decode())
    typer.echo("CONTINUES 一致" if found.holds else "DOES NOT CONTINUE 不一致：日志被改写或回滚")
    if not found.holds:
        raise typer.Exit(1)


@transparency.command("rotate-key")
def rotate_command() -> None:
    """Sign with a new key from now on; old keys keep verifying. The log tells of it."""
    settings = Settings()
    place = place_of(settings)
    typer.echo(_run(settings, lambda database: rotate(database, place, wall_clock_ms())))


def _run(settings: Settings, ask: Callable[[Database], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with Database(settings.database_url, max_size=1) as database:
            return await ask(database)

    try:
        return asyncio.run(asked())
    except (BadKey, BadNote, Transient) as error:
        typer.echo(str(error), err=True)
    except KeyError as error:
        typer.echo(f"not provable: {error}", err=True)
    raise typer.Exit(1)
