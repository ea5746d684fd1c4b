"""The terminal's view of a capture node: ``vigil capture``. Owns no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.settings import Settings


def capture(
    camera: Annotated[
        list[str] | None,
        typer.Option(help="ID=FILE or ID=rtsp://user:password@host/path; may be repeated."),
    ] = None,
    cameras: Annotated[
        Path | None,
        typer.Option(
            help="TOML file, one camera table each: id, url, sub_url, start_ms; ${NAME} in an "
            "address is a password from the environment.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    start_ms: Annotated[
        list[int] | None,
        typer.Option(help="UTC of a file's first frame, epoch ms; once per --camera."),
    ] = None,
    pace: Annotated[float, typer.Option(help="Of files: 1 is real time, 0 unbounded.")] = 1.0,
    fps: Annotated[float, typer.Option(help="Frames a second looked at.")] = 2.0,
    look_every_s: Annotated[float, typer.Option(help="Timed looks when nothing moves.")] = 5.0,
    check: Annotated[
        str, typer.Option(help="Only say what is wrong with the camera at this address.")
    ] = "",
    seconds: Annotated[float, typer.Option(help="How long --check watches.", min=1)] = 6.0,
    as_json: Annotated[bool, typer.Option("--json", help="--check as JSON.")] = False,
    lang: Annotated[str, typer.Option(help="--check in zh or en.")] = "en",
) -> None:
    """Record cameras by copying packets, and send frames when something moves.

    Begin with `vigil capture --check rtsp://...`, which needs no database. A camera must be in the
    register, with the place where it hangs, before it is opened.
    """
    if check:
        from pipelines.gateways.capture.check import run_check

        raise typer.Exit(run_check(Console(), check, seconds=seconds, as_json=as_json, lang=lang))
    from pipelines.gateways.capture.serve import run_capture
    from pipelines.gateways.capture.sources import UnclearCameras, sources

    try:
        found = sources(camera or [], start_ms or [], cameras)
    except UnclearCameras as error:
        raise typer.BadParameter(str(error)) from error
    errors = Console(stderr=True)
    status = run_capture(
        Settings(), found, pace=pace, fps=fps, look_every_s=look_every_s,
        tell=lambda text: errors.print(f"[red]vigil:[/] {escape(text)}", soft_wrap=True),
    )  # fmt: skip
    raise typer.Exit(status)
