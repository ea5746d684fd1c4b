"""The terminal's view of reference views: ``vigil registry view ...``. Owns no logic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from detectors.figures import clock
from pipelines.errors import Transient
from pipelines.evidence.keys import Keys
from pipelines.registry.show import parse_moment
from pipelines.registry.views import BadView, ReferenceViews, View, recorded_picture, sign_view
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

view = typer.Typer(no_args_is_help=True, help="What each camera is to see, signed.")
console = Console()

Result = TypeVar("Result")
Camera = Annotated[str, typer.Argument(help="Id of the camera.")]


@view.command("set")
def set_command(
    camera: Camera,
    officer: Annotated[str, typer.Option(help="Who orders it.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="JPEG or PNG of what it sees.", exists=True, dir_okay=False),
    ] = None,
    from_recording: Annotated[
        bool, typer.Option("--from-recording", help="Take the newest recorded picture.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="From when it holds, Beijing time; now if left out.")
    ] = "",
) -> None:
    """Sign what a camera is to see from now on; a view before it holds until then."""
    if (file is None) != from_recording:
        raise typer.BadParameter("name a picture file, or --from-recording")
    settings, now_ms = Settings(), wall_clock_ms()

    async def sign(database: Database) -> View:
        picture = (
            recorded_picture(settings.recordings, camera) if file is None else file.read_bytes()
        )
        return await sign_view(
            database, Keys(settings.keys), camera, picture, officer_id=officer,
            from_ms=_moment(since, now_ms), now_ms=now_ms,
        )  # fmt: skip

    signed = _run(settings, sign)
    console.print(
        f"{camera} is to see {signed.sha256[:16]} from {clock(signed.from_ms)}, signed by "
        f"{officer} with key {signed.key_id}",
        soft_wrap=True,
    )


@view.command("show")
def show_command(
    camera: Camera,
    out: Annotated[
        Path | None, typer.Option(help="Write the newest view to this file.", dir_okay=False)
    ] = None,
) -> None:
    """List a camera's reference views and whether each is as it was signed."""
    settings = Settings()
    reader = ReferenceViews(Keys(settings.keys))

    async def ask(database: Database) -> list[View]:
        async with database.transaction() as tx:
            return await reader.of_camera(tx, camera)

    found = _run(settings, ask)
    if not found:
        typer.echo(f"{camera} has no reference view", err=True)
        raise typer.Exit(1)
    table = Table(
        "from 自", "signed by 签署人", "signed at 签署时间", "SHA-256", "key 密钥", "state 状态"
    )
    wrong = [reader.wrong_with(one) for one in found]
    for one, fault in zip(found, wrong, strict=True):
        table.add_row(
            clock(one.from_ms), one.signed_by, clock(one.signed_ms), one.sha256[:16], one.key_id,
            "wrong 有误" if fault else "as signed 与签署一致",
        )  # fmt: skip
    console.print(table)
    if out is not None:
        out.write_bytes(found[-1].picture)
    for one, fault in zip(found, wrong, strict=True):
        if fault:
            typer.echo(f"{camera} from {clock(one.from_ms)}: {fault}", err=True)
    if any(wrong):
        raise typer.Exit(1)


def _moment(text: str, now_ms: int) -> int:
    if not text:
        return now_ms
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


def _run(settings: Settings, ask: Callable[[Database], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with Database(settings.database_url, max_size=2) as database:
            return await ask(database)

    try:
        return asyncio.run(asked())
    except (BadView, Transient) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
