"""Owns ``vigil notices``: what became of notices, and trying them again. Sends nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.errors import Transient
from pipelines.notices.paper import How, NotServed, Service, serve, sheet
from pipelines.registry.show import parse_moment
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row
from pipelines.vault.opening import open_vault

notices = typer.Typer(help="Notices to parties and their proof 告知与送达", no_args_is_help=True)

_MOST = 500
Result = TypeVar("Result")
State = Literal["held", "queued", "sent", "failed"]


@notices.command("list")
def list_notices(
    state: Annotated[
        State | None,
        typer.Option(
            help="only notices that wait with a held alert, wait, were taken, or were given up"
        ),
    ] = None,
) -> None:
    """The newest 500 notices: to whom, by which way, and how far each came."""
    table = Table(
        "notice", "kind", "to", "way", "state", "tries", "sent", "delivered", "read", "error"
    )
    for row in _run(_list(state or "")):
        cells = (
            row["notice_id"], row["kind"], row["addressee"], row["channel"], row["state"],
            row["attempts"], _time(row["sent_ms"]), _time(row["delivered_ms"]),
            _time(row["read_ms"]), row["error"],
        )  # fmt: skip
        table.add_row(*(escape(str(cell)) for cell in cells))
    Console().print(table)


@notices.command("show")
def show_notice(
    notice: Annotated[str, typer.Argument(help="id of the notice, as `list` prints it")],
) -> None:
    """Every try of one notice, with its proof: times, answers, SHA-256 of what was sent."""
    rows = _run(_tries(notice))
    if not rows:
        typer.echo(f"no notice {notice} 没有此告知", err=True)
        raise typer.Exit(1)
    first = rows[0]
    typer.echo(f"{first['subject']}\n{first['kind']} {first['state']} {first['error']}".rstrip())
    for row in rows:
        if row["number"] is not None:
            typer.echo(_proof(row))


@notices.command("resend")
def resend_notice(
    notice: Annotated[
        str, typer.Argument(help="one notice; all that were given up when left out")
    ] = "",
) -> None:
    """Queue notices that were given up again, by every way. Doing it twice is safe."""
    queued = _run(_resend(notice))
    for row in queued:
        typer.echo(row["notice_id"])
    typer.echo(f"{len(queued)} queued 已重新排队")
    if notice and not queued:
        raise typer.Exit(1)


@notices.command("serve-paper")
def serve_on_paper(  # noqa: PLR0917  Typer reads a command's parameters by position
    notice: Annotated[str, typer.Argument(help="id of the notice, as `list` prints it")],
    how: Annotated[How, typer.Option(help="handed over, posted, left at the place, published")],
    officer: Annotated[str, typer.Option(help="who served it")],
    at: Annotated[str, typer.Option(help="when, ISO 8601 with zone; left out: now")] = "",
    received_by: Annotated[str, typer.Option(help="who took it")] = "",
    witness: Annotated[str, typer.Option(help="who saw that it was left")] = "",
    words: Annotated[str, typer.Option(help="number of the posting, where it was published")] = "",
    proof: Annotated[
        Path | None, typer.Option(help="the signed sheet, or a picture", exists=True)
    ] = None,
) -> None:
    """Record that a notice was served on paper: it counts as told, and no way is tried any more."""
    now_ms = round(time.time() * 1000)
    try:
        service = Service(
            notice_id=notice, how=how, at_ms=parse_moment(at) if at else now_ms,
            officer_id=officer, received_by=received_by, witness=witness, words=words,
            proof=proof.read_bytes() if proof else b"",
        )  # fmt: skip
        typer.echo(_run(_serve(service, now_ms)))
    except (NotServed, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@notices.command("sheet")
def print_sheet(
    notice: Annotated[str, typer.Argument(help="id of the notice, as `list` prints it")],
    out: Annotated[Path, typer.Option(help="write the page here", dir_okay=False)],
) -> None:
    """Write the sheet for service on paper (送达回证), to print; filled in once it was served."""
    written = _run(_sheet(notice))
    if written is None:
        typer.echo(f"no notice {notice} to a party 没有此告知", err=True)
        raise typer.Exit(1)
    out.write_text(written, encoding="utf-8")
    typer.echo(str(out))


@notices.command("revoke-link")
def revoke_link(
    notice: Annotated[str, typer.Argument(help="id of the notice, as `list` prints it")],
    by: Annotated[str, typer.Option(help="who ends it, for the record")],
) -> None:
    """End a notice's private link: it opens nothing any more. What was said by it stays."""
    ended = _run(_revoke(notice, by))
    typer.echo(f"{ended} ended 已失效")
    if not ended:
        raise typer.Exit(1)


def _proof(row: Row) -> str:
    kept = [
        f"{row['number']}. {row['channel']} {row['address']}: {row['outcome']}",
        f"   began {_time(row['began_ms'])}, ended {_time(row['ended_ms']) or '-'}",
        f"   sha256 {row['content_sha256']}, message {row['message_id']}",
    ]
    if row["provider_id"] or row["detail"]:
        kept.append(f"   {row['provider_id']} {row['detail']}".rstrip())
    if row["receipt"]:
        kept.append(f"   receipt: {row['receipt']} at {_time(row['receipt_ms'])}")
    return "\n".join(kept)


def _time(time_ms: int | None) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}" if time_ms else ""


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return asyncio.run(work)
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def _serve(service: Service, now_ms: int) -> str:
    settings = Settings()
    async with Database(settings.database_url, max_size=1) as database:
        return await serve(database, open_vault(settings), service, now_ms=now_ms)


async def _sheet(notice_id: str) -> str | None:
    async with Database(Settings().database_url, max_size=1) as database:
        row = await database.row("notices_paper", notice_id=notice_id)
        services = await database.rows("notices_services", notice_id=notice_id)
        return None if row is None else sheet(row, services[-1] if services else None)


async def _revoke(notice_id: str, by: str) -> int:
    now_ms = round(time.time() * 1000)
    async with Database(Settings().database_url, max_size=1) as database:
        return await database.execute(
            "party_revoke", token_sha256="", notice_id=notice_id, by=by, now_ms=now_ms
        )


async def _list(state: str) -> list[Row]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await database.rows("notices_list", state=state, most=_MOST)


async def _tries(notice_id: str) -> list[Row]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await database.rows("notices_proof", notice_id=notice_id)


async def _resend(notice_id: str) -> list[Row]:
    now_ms = round(time.time() * 1000)
    async with Database(Settings().database_url, max_size=1) as database, \
            database.transaction() as tx:  # fmt: skip
        return await tx.rows("notices_retry", notice_id=notice_id, now_ms=now_ms)
