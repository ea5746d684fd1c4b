"""Owns ``vigil cases``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cases import publish
from pipelines.cases.conform import conform
from pipelines.cases.resend import enable, resend
from pipelines.errors import Transient
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

cases = typer.Typer(help="Candidate cases and the case system 案件移送", no_args_is_help=True)

Result = TypeVar("Result")
_MOST = 500


@cases.command("list")
def list_cases(
    state: Annotated[str, typer.Option(help="only cases in this state")] = "",
) -> None:
    """What became of every candidate case."""
    rows = _run(_list(state))
    table = Table(
        "case", "rev", "party", "state", "status", "attempts", "receipt", "decision", "error"
    )
    for row in rows:
        table.add_row(
            row["case_id"],
            str(row["revision"]),
            row["party_zh"],
            row["state"],
            row["status"],
            str(row["attempts"]),
            row["receipt"],
            row["decision"],
            row["error"],
        )
    Console().print(table)


@cases.command("resend")
def resend_cases(
    case: Annotated[str, typer.Argument(help="one case; all undelivered ones when left out")] = "",
) -> None:
    """Queue cases that were not taken again. Doing it twice is safe."""
    queued = _run(_resend(case))
    for case_id in queued:
        typer.echo(case_id)
    typer.echo(f"{len(queued)} queued 已重新排队")
    if case and not queued:
        raise typer.Exit(1)


@cases.command("conform")
def conform_to_contract(
    url: Annotated[str, typer.Argument(help="base address of a case system")],
    secret: Annotated[str, typer.Option(help="whsec_...; VIGIL_CASE_SECRET when left out")] = "",
) -> None:
    """Check any case system against the contract. It leaves two test cases there."""
    secret = secret or Settings().case_secret
    if not secret:
        typer.echo("a secret is needed: --secret or VIGIL_CASE_SECRET", err=True)
        raise typer.Exit(2)
    checks = asyncio.run(conform(url, secret))
    report = Table("", "what the contract asks for", "what was seen instead")
    for check in checks:
        report.add_row("pass" if check.passed else "FAIL", check.name, check.detail)
    Console().print(report)
    failed = sum(not check.passed for check in checks)
    typer.echo(f"{len(checks) - failed} of {len(checks)} hold 符合 {len(checks) - failed} 项")
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


@cases.command("contract")
def contract(
    write: Annotated[
        Path | None, typer.Option(help="write OpenAPI, JSON Schemas and examples here")
    ] = None,
) -> None:
    """The published contract with case systems: its files, or a copy of them."""
    names = publish.write(write) if write else sorted(publish.documents())
    for name in names:
        typer.echo(str(write / name) if write else name)


@cases.command("reopen")
def reopen_endpoint(
    by: Annotated[str, typer.Option(help="who opens it, for the record")],
) -> None:
    """Send again to a case system that had answered 410 (gone)."""
    url = Settings().case_system_url
    opened = _run(_enable(url, by))
    typer.echo(f"{url} is open again 已恢复" if opened else f"{url} was open 未停用")


def _run(work: Coroutine[Any, Any, list[Result]]) -> list[Result]:
    try:
        return asyncio.run(work)
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def _list(state: str) -> list[Row]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await database.rows(
            "cases_list", state=state, status="", unit_id="", search="", before_ms=None,
            before_id="", most=_MOST,
        )  # fmt: skip


async def _resend(case: str) -> list[str]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await resend(database, case, now_ms=time.time_ns() // 1_000_000)


async def _enable(url: str, by: str) -> list[str]:
    async with Database(Settings().database_url, max_size=1) as database:
        return [url] if await enable(database, url, by=by) else []
