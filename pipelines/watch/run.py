"""Owns one run of ``vigil watch``: from its options to what is printed. Judges nothing itself."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import typer
from rich.console import Console

from detectors.catalogue import bundled
from models.session import bundled_card_path
from pipelines.watch.scene import BadZones, scene_of
from pipelines.watch.seconds import Second
from pipelines.watch.seeing import Watcher
from pipelines.watch.show import HEAD, show_second, show_summary


def run_watch(
    console: Console,
    *,
    source: str,
    zones: Path | None,
    card: Path | None,
    fps: float,
    seconds: float | None,
    start_ms: int | None,
    as_json: bool,
    threads: int,
) -> int:
    """Watches to the end of a file, or a stream until Ctrl-C; 1 when the zones are wrong."""
    try:
        scene = scene_of(zones)
    except BadZones as error:
        typer.echo(f"vigil: {error}", err=True)
        return 1
    watcher = Watcher(
        source, scene, bundled(), card=card or bundled_card_path(), fps=fps, threads=threads,
        start_ms=start_ms,
    )  # fmt: skip

    def tell(second: Second) -> None:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(second) + b"\n")
            sys.stdout.flush()
        else:
            show_second(second, console)

    if not as_json:
        console.print(HEAD, style="bold", highlight=False, soft_wrap=True)
    try:
        for second in watcher.seconds(most=seconds):
            tell(second)
    except KeyboardInterrupt:
        pass  # Ctrl-C is how a live stream ends
    for second in watcher.rest():
        tell(second)
    summary = watcher.summary()
    if as_json:
        typer.echo(msgspec.json.encode({"summary": summary}))
    else:
        show_summary(summary, console)
    return 0
