"""The terminal's view of watching: ``vigil watch``. Owns no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.settings import Settings


def _example_zones(asked: bool) -> None:
    from pipelines.watch.scene import EXAMPLE

    if asked:
        typer.echo(EXAMPLE.read_text("utf-8"), nl=False)
        raise typer.Exit


def watch(
    source: Annotated[str, typer.Argument(help="Video file, or rtsp:// or http:// address.")],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a second.")] = False,
    zones: Annotated[
        Path | None, typer.Option(help="TOML with the camera's zones.", exists=True, dir_okay=False)
    ] = None,
    fps: Annotated[float, typer.Option(help="Pictures a second looked at.", min=0.1, max=30)] = 2.0,
    seconds: Annotated[float | None, typer.Option(help="Watch so many seconds.", min=0)] = None,
    start_ms: Annotated[
        int | None, typer.Option(help="UTC of a file's first picture, epoch ms; now if left out.")
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="Card of another model.", exists=True, dir_okay=False)
    ] = None,
    _example: Annotated[
        bool,
        typer.Option(
            "--example-zones",
            help="Print zones to start from.",
            is_eager=True,
            callback=_example_zones,
        ),
    ] = False,
) -> None:
    """Print what the camera plane sees of a source second by second; no database, no broker."""
    from pipelines.watch.run import run_watch

    settings = Settings()
    status = run_watch(
        Console(), source=source, zones=zones, card=card or settings.model_card, fps=fps,
        seconds=seconds, start_ms=start_ms, as_json=as_json, threads=settings.model_threads,
    )  # fmt: skip
    raise typer.Exit(status)
