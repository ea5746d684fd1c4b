"""The composition root: every command of `vigil`. Rooms bring their own; none decides here."""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from detectors.catalogue import CatalogueError
from infra.stack.processes import StackError
from models.errors import ModelError
from pipelines.errors import Transient
from pipelines.footage.types import UnreadableVideo
from pipelines.gateways.capture.commands import capture
from pipelines.gateways.csv_readings import UnreadableCsv
from pipelines.settings import Settings
from pipelines.watch.commands import watch

app = typer.Typer(
    name="vigil",
    help="Vigil 守望: watches supervised premises, finds what looks like a breach, fixes the "
    "evidence and brings it to an officer. Settings are environment variables VIGIL_*.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console()

EXPECTED = (CatalogueError, ModelError, StackError, Transient, UnreadableCsv, UnreadableVideo)
"""Errors whose text tells the user what to do: a line is worth more than a traceback."""
EXIT_UNAVAILABLE = 69


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option(help="End by itself; a scripted officer does the triage.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    readings: Annotated[
        Path | None,
        typer.Option(
            help="CSV of readings instead of the synthetic day: time,device,quantity,value,unit",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    video: Annotated[
        str | None, typer.Option(help="Video file or address for both cameras.")
    ] = None,
    pace: Annotated[float, typer.Option(help="Times real pace the footage plays at.", min=0)] = 2.0,
    port: Annotated[int, typer.Option(help="Port of the triage site; 0 takes a free one.")] = 0,
    workdir: Annotated[
        Path, typer.Option(help="Data and logs; a former run's are deleted.", file_okay=False)
    ] = Path("build/demo"),
) -> None:
    """Set everything up on this machine and run the main job once."""
    from dashboards.boards.check import run_panels
    from pipelines.demo.options import DemoOptions, strangers
    from pipelines.demo.run import run_demo

    if others := strangers(workdir):
        raise typer.BadParameter(f"{workdir} holds {others[0]}, which no demo made: name another")
    options = DemoOptions(
        once=once, report=report, readings=readings, video=video, pace=pace, web_port=port,
        workdir=workdir,
    )  # fmt: skip
    raise typer.Exit(run_demo(options, console, check_boards=run_panels))


@app.command()
def worker() -> None:
    """Run the Faust agents: readings, frames, alerts, evidence, cases."""
    from pipelines.worker import run

    run(Settings())


@app.command()
def gateway() -> None:
    """Run the gateways that take readings: HTTP, and MQTT and HJ 212 as set."""
    from pipelines.gateways.serve import serve_gateway

    serve_gateway(Settings())


@app.command()
def web() -> None:
    """Run the triage site."""
    from dashboards.triage.serve import serve

    serve(Settings())


app.command()(capture)
app.command()(watch)


@app.command()
def migrate() -> None:
    """Bring the database to today's schema."""
    from pipelines.store.migrate import migrate as apply

    applied = apply(Settings().database_url, tell=lambda name: console.print(f"applied {name}"))
    console.print(f"{len(applied)} migrations applied" if applied else "nothing to apply")


@app.command()
def stack(
    workdir: Annotated[Path, typer.Option(help="Where logs and data go.")] = Path("build/stack"),
    plain: Annotated[bool, typer.Option(help="Plain PostgreSQL, no TimescaleDB.")] = False,
) -> None:
    """Run the embedded broker and database until Ctrl-C, and print the settings to use."""
    import time

    from infra.stack import Stack
    from pipelines import topics

    with Stack(workdir, tell=console.print, flavour="plain" if plain else "auto") as running:
        running.broker.create_topics(topics.PARTITIONS)
        console.print(f"export VIGIL_BOOTSTRAP={running.bootstrap}")
        console.print(f"export VIGIL_LOG_ID={running.log_id}")
        console.print(f"export VIGIL_DATABASE_URL={running.database_url}", soft_wrap=True)
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            console.print("stopping")


@app.command()
def replay(
    catalogue: Annotated[
        Path | None,
        typer.Option(help="Folder of a changed catalogue to try.", exists=True, file_okay=False),
    ] = None,
    readings: Annotated[
        Path | None,
        typer.Option(
            help="CSV of readings instead of the stored ones: time,device,quantity,value,unit",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    site: Annotated[str | None, typer.Option(help="Only this site.")] = None,
    from_: Annotated[
        str, typer.Option("--from", help="Alerts from here on; ISO 8601 with zone, or a date.")
    ] = "",
    to: Annotated[str, typer.Option(help="Alerts that start before this.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Judge readings again and show which alerts would differ from those found live."""
    from pipelines.rules.commands import run_replay

    status = run_replay(
        console, catalogue=catalogue, readings=readings, site=site, since=from_, until=to,
        as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(status)


@app.command()
def doctor() -> None:
    """Say what this machine lacks, and what to do about it."""
    from infra.doctor import checks
    from models.session import bundled_card_path, read_card
    from pipelines.keeping.watch import told

    table = Table(show_header=False)
    marks = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}
    settings = Settings()
    card = read_card(settings.model_card or bundled_card_path())
    model = (settings.model_card or bundled_card_path()).parent / card.file
    results = checks(Path.cwd(), model=model, web_port=settings.web_port)
    for check in results:
        table.add_row(marks[check.state], check.name, check.found, check.remedy)
    for line in told(settings):
        table.add_row(marks[line.state], line.name, line.found, line.remedy)
    console.print(table)
    raise typer.Exit(1 if any(check.state == "fail" for check in results) else 0)


ROOMS = {
    "catalogue": "detectors.catalogue.commands",
    "registry": "pipelines.registry.commands",
    "records": "pipelines.records.commands",
    "evidence": "pipelines.evidence.commands",
    "cases": "pipelines.cases.commands",
    "clocks": "pipelines.clocks.commands",
    "clues": "pipelines.clues.commands",
    "duty": "pipelines.accountability.commands",
    "notices": "pipelines.notices.commands",
    "export": "pipelines.exports.commands",
    "boards": "dashboards.boards.commands",
    "model": "models.commands",
    "rules": "pipelines.rules.commands",
    "detectors": "detectors.evaluate.commands",
}
"""Rooms with commands of their own, loaded only when asked for: a worker needs none of them."""


def _mount(asked: str | None) -> None:
    for name, module in ROOMS.items():
        if asked in (None, name, "--help"):
            room: typer.Typer = getattr(importlib.import_module(module), name)
            app.add_typer(room, name=name)


def main() -> None:
    """Entry point of the `vigil` command."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _mount(next(iter(sys.argv[1:]), None))
    try:
        app()
    except EXPECTED as error:
        Console(stderr=True).print(f"[red]vigil:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(EXIT_UNAVAILABLE)


if __name__ == "__main__":
    main()
