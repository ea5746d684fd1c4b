"""The terminal's view of what rules said: ``vigil rules explain``, and what ``replay`` prints."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from pipelines.registry.snapshot import load_registry
from pipelines.replay import EVER_MS, Asked, replay_given, replay_stored
from pipelines.rulebook import rulebook
from pipelines.rules.explain import Explained, NoSuchAlert, explain_alert
from pipelines.rules.page import page
from pipelines.rules.show import show
from pipelines.rules.words import WORDS
from pipelines.settings import Settings
from pipelines.store import Database

ZONE = ZoneInfo("Asia/Shanghai")
rules = typer.Typer(no_args_is_help=True, help="What the rules said, and why.")


@rules.callback()
def _rules() -> None:
    """What the rules said, and why."""


@rules.command("explain")
def explain_command(
    alert: Annotated[str, typer.Argument(help="id of the alert")],
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print an alert's arithmetic and compute it again. Status 1 if that comes out otherwise."""
    if lang not in WORDS:
        raise typer.BadParameter(f"{lang}: zh or en")
    try:
        explained = asyncio.run(_explained(Settings(), alert))
    except NoSuchAlert as error:
        typer.echo(f"no alert {alert}, or its signals are not stored yet", err=True)
        raise typer.Exit(1) from error
    if as_json:
        found = msgspec.to_builtins(explained) | {"agrees": explained.agrees}
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        page(explained, Console(), lang)
    if explained.agrees is False:
        raise typer.Exit(1)


async def _explained(settings: Settings, alert_id: str) -> Explained:
    async with Database(settings.database_url, max_size=2) as database:
        registry = await load_registry(database)
        return await explain_alert(database, registry, rulebook(settings), alert_id)


def run_replay(
    console: Console,
    *,
    catalogue: Path | None,
    readings: Path | None,
    site: str | None,
    since: str,
    until: str,
    as_json: bool,
) -> int:
    """``vigil replay``; returns 1 when anything would differ.

    Raises:
        UnreadableCsv, CatalogueError, Transient: with what to do.
    """
    asked = Asked(
        catalogue=catalogue,
        site_id=site,
        from_ms=_moment_ms(since) if since else 0,
        to_ms=_moment_ms(until) if until else EVER_MS,
    )
    settings = Settings()
    replaying = replay_given(settings, readings, asked) if readings else None
    diff = asyncio.run(replaying or replay_stored(settings, asked))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(diff)).decode())
    else:
        show(diff, console)
    return 1 if diff.any else 0


def _moment_ms(text: str) -> int:
    """A moment; a day or a time without a zone is Wucheng's."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text}: write 2026-03-01 or 2026-03-01T08:00:00+08:00"
        ) from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).timestamp() * 1000)
