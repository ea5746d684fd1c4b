"""The terminal's view of evidence: ``vigil evidence verify | show | export``. Owns no logic."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from pipelines.errors import Transient
from pipelines.evidence.keys import BadKey, Keys
from pipelines.evidence.package import NotExported, export
from pipelines.evidence.report import render
from pipelines.evidence.verify import verify
from pipelines.keeping.commands import keeping
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault

evidence = typer.Typer(no_args_is_help=True, help="Prove, show and hand out sealed evidence.")

Result = TypeVar("Result")


@evidence.command("verify")
def verify_command(
    alert: Annotated[str | None, typer.Argument(help="one alert only; all when left out")] = None,
) -> None:
    """Re-hash every object and check every signature and the log. Status 1 if anything is wrong."""
    settings = Settings()
    objects, keys = open_vault(settings), _keys(settings)
    report = _run(settings, lambda database: verify(database, objects, keys, alert_id=alert))
    typer.echo(render(report))
    if alert is not None and not report.evidence and report.ok:
        typer.echo(f"alert {alert} has no sealed evidence", err=True)
        raise typer.Exit(1)
    if not report.ok:
        raise typer.Exit(1)


@evidence.command("show")
def show_command(alert: Annotated[str, typer.Argument(help="id of the alert")]) -> None:
    """Print an alert's sealed manifest."""
    row = _run(Settings(), lambda database: database.row("evidence_of_alert", alert_id=alert))
    if row is None:
        typer.echo(f"alert {alert} has no sealed evidence", err=True)
        raise typer.Exit(1)
    typer.echo(json.dumps(json.loads(bytes(row["manifest"])), ensure_ascii=False, indent=2))


@evidence.command("export")
def export_command(
    alert: Annotated[str, typer.Argument(help="id of the alert")],
    folder: Annotated[Path, typer.Argument(help="new or empty folder")],
) -> None:
    """Write an alert's evidence as a package that can be checked without Vigil."""
    settings = Settings()
    objects, keys = open_vault(settings), _keys(settings)
    try:
        _run(settings, lambda database: export(database, objects, keys, alert, folder))
    except NotExported as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(str(folder))


def _keys(settings: Settings) -> Keys:
    try:
        return Keys(settings.keys)
    except BadKey as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _run(settings: Settings, ask: Callable[[Database], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with Database(settings.database_url, max_size=2) as database:
            return await ask(database)

    try:
        return asyncio.run(asked())
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


evidence.add_typer(keeping)
