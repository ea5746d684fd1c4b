"""The terminal's view of the detectors' figures: ``vigil detectors evaluate``. Owns no logic."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

detectors = typer.Typer(no_args_is_help=True, help="Measure the detectors on labelled data.")


@detectors.callback()
def _room() -> None:
    """Keeps ``evaluate`` a sub-command while it is the only one."""


@detectors.command("evaluate")
def evaluate_command(
    path: Annotated[Path, typer.Argument(help="folder (or file) in the format")],
    form: Annotated[str, typer.Option("--format", help="nab, skab or gecco")],
    since: Annotated[
        dt.datetime | None,
        typer.Option(help="rows before this moment (UTC) only warm up", formats=["%Y-%m-%d"]),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Score the early warnings on a labelled folder, with the shipped thresholds."""
    import msgspec

    from detectors.evaluate.labelled import Unscorable
    from detectors.evaluate.run import evaluate
    from detectors.evaluate.table import show

    def tell(name: str, at: int, count: int) -> None:
        if sys.stderr.isatty() or not as_json:
            typer.echo(f"[{at + 1}/{count}] {name}", err=True)

    since_s = None if since is None else since.replace(tzinfo=dt.UTC).timestamp()
    try:
        report = evaluate(form, path, since_s=since_s, tell=tell)
    except Unscorable as error:
        typer.echo(f"vigil: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        show(report)
