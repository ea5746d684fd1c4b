"""The terminal's view of evidence: ``vigil evidence verify | show | prove | export``. No logic."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from pipelines.errors import Transient
from pipelines.evidence.hashing import Tell
from pipelines.evidence.keys import BadKey, Keys
from pipelines.evidence.package import Extraction, NotExported, export
from pipelines.evidence.proving import Proven, prove_leaves, proven_json, proven_text
from pipelines.evidence.report import as_json, render
from pipelines.evidence.verify import NoSuchCase, verify
from pipelines.keeping.commands import keeping
from pipelines.quality.gate import sealed_points
from pipelines.quality.read import reviews_of
from pipelines.quality.told import quality_lines, review_lines
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.commands import transparency
from pipelines.transparency.place import place_of
from pipelines.transparency.proofs import NotProvable
from pipelines.vault.opening import open_vault

evidence = typer.Typer(no_args_is_help=True, help="Prove, show and hand out sealed evidence.")

Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@evidence.command("verify")
def verify_command(
    alert: Annotated[str | None, typer.Argument(help="one alert only; all when left out")] = None,
    *,
    case: Annotated[str | None, typer.Option(help="The alert of this case only.")] = None,
    as_json_: AsJson = False,
) -> None:
    """Re-hash every object and check every signature and the log. Status 1 if anything is wrong."""
    settings = Settings()
    objects, keys = open_vault(settings), _keys(settings)
    if alert is not None and case is not None:
        _fail("name an alert or a --case, not both")
    with _progress(quiet=as_json_) as tell:
        report = _run(
            settings,
            lambda database: verify(
                database, objects, keys, alert_id=alert, case_id=case, place=place_of(settings),
                tell=tell,
            ),
        )  # fmt: skip
    typer.echo(as_json(report) if as_json_ else render(report))
    if (alert or case) and not report.evidence and report.ok:
        _fail(f"{alert or case} has no sealed evidence")
    if not report.ok:
        raise typer.Exit(1)


@evidence.command("show")
def show_command(alert: Annotated[str, typer.Argument(help="id of the alert")]) -> None:
    """Print an alert's sealed manifest; beside it (stderr) what fails, and who reviewed it."""
    settings = Settings()
    row = _run(settings, lambda database: database.row("evidence_of_alert", alert_id=alert))
    if row is None:
        _fail(f"alert {alert} has no sealed evidence")
    manifest = bytes(row["manifest"])
    pem = _keys(settings).public_pem
    reviews, untrusted = _run(settings, lambda database: reviews_of(database, alert, pem))
    typer.echo(json.dumps(json.loads(manifest), ensure_ascii=False, indent=2))
    lines = [
        *quality_lines(sealed_points(manifest)),
        *review_lines(reviews, row["manifest_sha256"]),
    ]
    for line in (*lines, *untrusted):
        typer.echo(line, err=True)


@evidence.command("prove")
def prove_command(
    alert: Annotated[str | None, typer.Argument(help="id of the alert")] = None,
    *,
    leaf: Annotated[int | None, typer.Option(help="Number of a leaf, instead of an alert.")] = None,
    since: Annotated[
        Path | None,
        typer.Option(help="A checkpoint that somebody kept: prove that the log continues it.",
                     exists=True, dir_okay=False),
    ] = None,
    as_json_: AsJson = False,
) -> None:  # fmt: skip
    """Show that leaves are in the signed tree: entry, path to the root, checkpoint, stamps."""
    if (alert is None) == (leaf is None):
        _fail("name an alert, or a leaf with --leaf N")
    try:
        proven: Proven = _run(
            Settings(),
            lambda database: prove_leaves(
                database, alert_id=alert, leaf=leaf, since=since.read_bytes() if since else None
            ),
        )
    except NotProvable as error:
        _fail(str(error))
    typer.echo(proven_json(proven) if as_json_ else proven_text(proven))


@evidence.command("export")
def export_command(
    alert: Annotated[str, typer.Argument(help="id of the alert")],
    folder: Annotated[Path, typer.Argument(help="new or empty folder; a new file with --zip")],
    *,
    extractor: Annotated[str, typer.Option(help="Officer who takes it out (提取人).")] = "",
    approved_by: Annotated[str, typer.Option(help="Leader who approved it.")] = "",
    reason: Annotated[str, typer.Option(help="Why; stands in the explanation and the log.")] = "",
    maker: Annotated[
        str, typer.Option(help="Officer who answers for the written explanation (制作人).")
    ] = "",
    as_zip: Annotated[bool, typer.Option("--zip", help="One zip file.")] = False,
) -> None:
    """Write an alert's evidence as a package that can be checked without Vigil."""
    settings = Settings()
    objects, keys = open_vault(settings), _keys(settings)
    asked = Extraction(
        alert_id=alert, extractor=extractor, approved_by=approved_by, reason=reason, maker=maker,
        at_ms=time.time_ns() // 1_000_000,
    )  # fmt: skip
    stored_at = settings.vault or str(settings.objects.resolve())
    try:
        done = _run(
            settings,
            lambda database: export(
                database, objects, keys, asked, folder, stored_at=stored_at, as_zip=as_zip
            ),
        )
    except NotExported as error:
        _fail(str(error))
    typer.echo(str(done.path))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Tell | None]:
    """A bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, known: bar.update(task, advance=done, total=known)


def _keys(settings: Settings) -> Keys:
    try:
        return Keys(settings.keys)
    except BadKey as error:
        _fail(str(error))


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _run(settings: Settings, ask: Callable[[Database], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with Database(settings.database_url, max_size=3) as database:
            return await ask(database)

    try:
        return asyncio.run(asked())
    except (Transient, NoSuchCase) as error:
        _fail(str(error))


evidence.add_typer(keeping)
evidence.add_typer(transparency)
