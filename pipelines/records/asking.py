"""Owns how the terminal's commands of this room reach the database and tell errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from rich.console import Console

from pipelines.errors import Transient
from pipelines.records.types import NotTaken
from pipelines.registry.show import parse_moment
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

console = Console()
Result = TypeVar("Result")


def ask(what: Callable[[Database], Awaitable[Result]]) -> Result:
    """Asks the database of the settings; status 1 with the error's text where it is refused."""

    async def asked() -> Result:
        async with Database(Settings().database_url, max_size=2) as database:
            return await what(database)

    try:
        return asyncio.run(asked())
    except (NotTaken, Transient) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def moment_ms(text: str) -> int:
    """Epoch ms of a moment in Beijing time; now for an empty text."""
    if not text:
        return wall_clock_ms()
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error
