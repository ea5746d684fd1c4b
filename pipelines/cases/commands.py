"""Owns ``vigil cases``."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cases.conform import conform
from pipelines.cases.resend import resend
from pipelines.errors import Transient
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row

cases = typer.Typer(help="Candidate cases and the case system 案件移送", no_args_is_help=True)

Result = TypeVar("Result")


@cases.command("list")
def list_cases(
    state: Annotated[str, typer.Option(help="only cases in this state")] = "",
) -> None:
    """What became of every candidate case."""
    rows = _run(_list(state))
    table = Table("case", "party", "state", "attempts", "receipt", "decision", "error")
    for row in rows:
        table.add_row(
            row["case_id"],
            row["party_zh"],
            row["state"],
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
    """Check any case system against the contract. It leaves one test case there."""
    secret = secret or Settings().case_secret
    if not secret:
        typer.echo("a secret is needed: --secret or VIGIL_CASE_SECRET", err=True)
        raise typer.Exit(2)
    checks = asyncio.run(conform(url, secret))
    for check in checks:
        typer.echo(f"{'pass' if check.passed else 'FAIL'}  {check.name}  {check.detail}".rstrip())
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, list[Result]]) -> list[Result]:
    try:
        return asyncio.run(work)
    except Transient as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def _list(state: str) -> list[Row]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await database.rows("cases_list", state=state)


async def _resend(case: str) -> list[str]:
    async with Database(Settings().database_url, max_size=1) as database:
        return await resend(database, case)
