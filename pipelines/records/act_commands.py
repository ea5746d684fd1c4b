"""``vigil records act`` and ``violation``: what officers did, what went wrong. Owns no logic."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from pipelines.records.asking import ask, console, moment_ms
from pipelines.records.diary import Done, add_act, note_use, report_violation
from pipelines.runtime import wall_clock_ms

act = typer.Typer(no_args_is_help=True, help="Acts of officers, recorded or not.")
violation = typer.Typer(no_args_is_help=True, help="Breaches of the rules of recording.")


@act.command("add")
def add_command(
    *,
    kind: Annotated[str, typer.Argument(help="Kind of act: vigil records acts.")],
    officer: Annotated[list[str], typer.Option(help="Who; may be repeated.")],
    start: Annotated[str, typer.Option(help="As the document says: 2026-11-24 09:00.")],
    end: Annotated[str, typer.Option(help="As the document says.")],
    matter: Annotated[str, typer.Option(help="What it was about.")] = "",
    place: Annotated[str, typer.Option(help="Where.")] = "",
    party: Annotated[str | None, typer.Option(help="Id of the party.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit; the first officer's if left out.")] = None,
    case: Annotated[str | None, typer.Option(help="Id of the case file.")] = None,
    unrecorded: Annotated[
        str, typer.Option(help="Why rightly not recorded: secrecy, force_majeure, weather, fault.")
    ] = "",
) -> None:
    """Add an act; twice is once."""
    done = Done(
        kind=kind, officers=tuple(officer), start_ms=moment_ms(start), end_ms=moment_ms(end),
        matter=matter, place=place, party_id=party, unit_id=unit, case_id=case,
        unrecorded_reason=unrecorded, added_by=getpass.getuser(),
    )  # fmt: skip
    console.print(ask(lambda database: add_act(database, done, now_ms=wall_clock_ms())))


@act.command("used")
def used_command(
    act_id: Annotated[str, typer.Argument(help="Id of the act.")],
    use: Annotated[
        str,
        typer.Argument(
            help="dispute, file_review, supervision, appraisal, opinion, decision or credit."
        ),
    ],
    note: Annotated[str, typer.Option(help="In words.")] = "",
) -> None:
    """Note what the record of an act was needed for."""
    who = getpass.getuser()
    ask(lambda d: note_use(d, act_id, use, note=note, by=who, now_ms=wall_clock_ms()))


@violation.command("add")
def violation_command(
    kind: Annotated[str, typer.Argument(help="unrecorded, edited, lost, leaked or mis_stored.")],
    officer: Annotated[str, typer.Option(help="Who reports it.")],
    note: Annotated[str, typer.Option(help="What happened.")],
    record: Annotated[str | None, typer.Option(help="Id of the record.")] = None,
    act_id: Annotated[str | None, typer.Option("--act", help="Id of the act.")] = None,
) -> None:
    """Report a breach; vigil records violations lists them with those that show by themselves."""
    ask(
        lambda d: report_violation(
            d, kind, note=note, by=officer, now_ms=wall_clock_ms(), record_id=record, act_id=act_id
        )
    )
