"""The terminal's view of keeping: ``vigil evidence hold | release | permanent | prune``.

Owns no logic. Officers are named by their id; who may do what stands in ``pipelines.access``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from pipelines.errors import Transient
from pipelines.evidence.keys import BadKey, Keys
from pipelines.keeping.officers import NoSuchTarget, NotAllowed
from pipelines.keeping.policies import BadPolicies, Policies, load
from pipelines.keeping.target import BadTarget
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault
from pipelines.vault.types import Vault

keeping = typer.Typer(no_args_is_help=True, help="Hold, keep for good, let go, mirror.")
prune = typer.Typer(no_args_is_help=True, help="Let go what has been kept long enough, by two.")
keeping.add_typer(prune, name="prune")
console = Console()
ZONE = ZoneInfo("Asia/Shanghai")

Result = TypeVar("Result")
By = Annotated[str, typer.Option("--by", help="Officer who does it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it becomes part of the log.")]
About = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="alert:ID, case:ID, record:ID, party:ID, site:ID, object:SHA256 or camera:ID@FROM..TO",
    ),
]
ProposalId = Annotated[str, typer.Argument(metavar="PROPOSAL", help="SHA-256 of the proposal.")]


@keeping.command("hold")
def hold_command(about: About, by: By, reason: Reason) -> None:
    """Place a legal hold: nothing it covers goes, whatever its time."""
    from pipelines.keeping.holds import hold
    from pipelines.keeping.target import target

    placed = _run(lambda on: hold(
        on.database, on.vault, on.policies, target(about), by=by, reason=reason, now_ms=_now_ms()
    ))  # fmt: skip
    typer.echo(placed)


@keeping.command("release")
def release_command(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="Id that `hold` printed.")],
    by: By,
    reason: Reason,
) -> None:
    """Lift a hold: a leader's word, and not that of who placed it."""
    from pipelines.keeping.holds import release

    _run(lambda on: release(
        on.database, on.vault, on.policies, hold_id, by=by, reason=reason, now_ms=_now_ms()
    ))  # fmt: skip


@keeping.command("permanent")
def permanent_command(
    about: About,
    by: By,
    ground: Annotated[str, typer.Option(help="objection, obstruction, review, litigation, other")],
    reason: Reason,
) -> None:
    """Ask that something be kept for good (AV-29); it stays until a leader declines."""
    from pipelines.keeping.holds import ask_for_good
    from pipelines.keeping.target import target

    asked = _run(lambda on: ask_for_good(
        on.database, on.policies, target(about), by=by, ground=ground, note=reason,
        now_ms=_now_ms(),
    ))  # fmt: skip
    typer.echo(asked)


@keeping.command("permanent-decide")
def permanent_decide_command(
    mark_id: Annotated[str, typer.Argument(metavar="MARK", help="Id that `permanent` printed.")],
    by: By,
    decline: Annotated[bool, typer.Option("--decline", help="No, instead of yes.")] = False,
) -> None:
    """A leader's answer to what was asked to be kept for good."""
    from pipelines.keeping.holds import decide_for_good

    _run(lambda on: decide_for_good(
        on.database, mark_id, by=by, approved=not decline, now_ms=_now_ms()
    ))  # fmt: skip


@keeping.command("case-file")
def case_file_command(
    case_id: Annotated[str, typer.Argument(metavar="CASE")],
    by: By,
    reason: Reason,
    until: Annotated[str, typer.Option(help="Last day of keeping; left out: for good.")] = "",
) -> None:
    """Record how long the archive keeps a case file: its evidence is kept as long (AV-28)."""
    from pipelines.keeping.holds import set_file_period

    until_ms = None
    if until:
        try:
            day = dt.date.fromisoformat(until) + dt.timedelta(days=1)
        except ValueError as error:
            raise typer.BadParameter(f"{until!r} is no date: write 2036-12-31") from error
        until_ms = int(dt.datetime.combine(day, dt.time(), ZONE).timestamp() * 1000)
    _run(lambda on: set_file_period(
        on.database, case_id, until_ms=until_ms, basis=reason, by=by, now_ms=_now_ms()
    ))  # fmt: skip


@prune.command("propose")
def propose_command(
    by: By,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this alert, record or month; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what may go.")] = False,
) -> None:
    """An archivist's signed list of what may go and why. Prints its digest."""
    from pipelines.keeping.proposals import propose

    proposal = _run(lambda on: propose(
        on.database, on.keys, on.policies, by=by, now_ms=_now_ms(), only=only or (),
        dry_run=dry_run,
    ))  # fmt: skip
    if proposal is None:
        typer.echo("nothing may go now", err=True)
        return
    Console(stderr=True).print(_items(proposal.body["items"]))
    if not dry_run:
        typer.echo(proposal.proposal_id)


@prune.command("approve")
def approve_command(
    proposal_id: ProposalId,
    by: By,
    decline: Annotated[bool, typer.Option("--decline", help="No, instead of yes.")] = False,
) -> None:
    """A leader's answer to exactly this proposal; never by who proposed it."""
    from pipelines.keeping.proposals import decide_proposal

    _run(lambda on: decide_proposal(
        on.database, on.keys, proposal_id, by=by, approved=not decline, now_ms=_now_ms()
    ))  # fmt: skip


@prune.command("carry-out")
def carry_out_command(proposal_id: ProposalId, by: By) -> None:
    """Let go what was approved, as far as it still may. Status 1 while something waits."""
    from pipelines.keeping.carry_out import carry_out

    carried = _run(lambda on: carry_out(
        on.database, on.vault, on.keys, on.policies, proposal_id, by=by, now_ms=_now_ms(),
        copies=on.settings.copies,
    ))  # fmt: skip
    for certificate_id in carried.certificates:
        typer.echo(f"certificate {certificate_id}")
    for item_id, why in carried.kept:
        typer.echo(f"kept {item_id}: {why}")
    for sha256, why in carried.waiting:
        typer.echo(f"waits {sha256}: {why}")
    typer.echo(f"{len(carried.removed)} objects removed")
    if carried.waiting:
        raise typer.Exit(1)


@keeping.command("mirror")
def mirror_command(  # noqa: PLR0917  a command line's options
    to: Annotated[
        str, typer.Argument(metavar="TARGET", help="Folder, or s3://BUCKET/PREFIX?endpoint=URL.")
    ],
    restore_test: Annotated[
        bool, typer.Option("--restore-test", help="Test that the mirror can be restored.")
    ] = False,
    share: Annotated[
        float, typer.Option(help="Share of the objects to restore.", min=0, max=1)
    ] = 0.05,
    all_: Annotated[bool, typer.Option("--all", help="Restore every object.")] = False,
    seed: Annotated[int | None, typer.Option(help="Draws the share; of the day if none.")] = None,
    scratch: Annotated[
        Path | None, typer.Option(help="Keep what is restored in this folder.", file_okay=False)
    ] = None,
) -> None:
    """Copy everything that proves elsewhere (AV-23), or test that the copy can be restored.

    Public keys go with it, private keys never. Status 1 where something is wrong.
    """
    from pipelines.keeping.telling import run_mirror, run_restore_test

    if restore_test:
        drawn = _now_ms() // 86_400_000 if seed is None else seed
        good = _run(lambda on: run_restore_test(
            on.database, on.keys, on.settings, to, share=1.0 if all_ else share, seed=drawn,
            now_ms=_now_ms(), scratch=scratch,
        ))  # fmt: skip
    else:
        good = _run(lambda on: run_mirror(
            on.database, on.vault, on.keys, on.settings, to, now_ms=_now_ms
        ))  # fmt: skip
    raise typer.Exit(0 if good else 1)


class _On:
    """What a command works on."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.vault: Vault = open_vault(settings)
        self.keys = Keys(settings.keys)
        self.policies: Policies = load(settings.keeping_policies)


def _run(act: Callable[[_On], Awaitable[Result]]) -> Result:
    from pipelines.keeping.holds import BadReason, NotHeld
    from pipelines.keeping.mirror import NothingToMirror
    from pipelines.keeping.proposals import NotProposed

    async def acted() -> Result:
        settings = Settings()
        async with Database(settings.database_url, max_size=2) as database:
            return await act(_On(settings, database))

    expected = (BadKey, BadPolicies, BadReason, BadTarget, NoSuchTarget, NotAllowed, NotHeld)
    try:
        return asyncio.run(acted())
    except (*expected, NotProposed, NothingToMirror, Transient, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _items(rows: list[dict[str, Any]]) -> Table:
    table = Table("item", "about", "verdict", "objects", "bytes", "basis")
    for row in rows:
        basis = "; ".join(claim["basis"]["en"] for claim in row["policies"])
        table.add_row(
            f"{row['kind']} {row['item_id']}", row["about"], row["verdict"],
            str(len(row["objects"]) or row["leaves"]), f"{row['size_bytes']:,}", basis,
        )  # fmt: skip
    return table


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
