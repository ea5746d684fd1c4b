"""Owns ``vigil notices``: what became of notices, and trying them again. Sends nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.errors import Transient
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

notices = typer.Typer(help="Notices to parties and their proof 告知与送达", no_args_is_help=True)

_MOST = 500
State = Literal["queued", "sent", "failed"]


@notices.command("list")
def list_notices(
    state: Annotated[
        State | None, typer.Option(help="only notices that wait, were taken, or were given up")
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


def _run(work: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    try:
        return asyncio.run(work)
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


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
