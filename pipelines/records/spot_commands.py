"""``vigil records spot-check``: draw, list and answer. Owns no logic."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from detectors.figures import clock
from pipelines.records import spot
from pipelines.records.asking import ask, console
from pipelines.runtime import wall_clock_ms

spot_check = typer.Typer(no_args_is_help=True, help="The half-yearly spot checks.")

Half = Annotated[str, typer.Option(help="Half-year, e.g. 2026H2.")]


@spot_check.command("draw")
def draw_command(
    *,
    half: Half,
    unit: Annotated[str, typer.Option(help="Unit to be checked.")],
    officer: Annotated[str, typer.Option(help="Leader, archivist or administrator who draws.")],
    share: Annotated[float | None, typer.Option(help="Share to draw, above 0 to 1.")] = None,
    count: Annotated[int | None, typer.Option(help="Number to draw.")] = None,
    seed: Annotated[str, typer.Option(help="Any text; made if left out. It is logged.")] = "",
) -> None:
    """Draw acts, records and devices to check, once a half-year and unit."""
    drawn = ask(
        lambda database: spot.draw(
            database, half, unit, by=officer, now_ms=wall_clock_ms(), count=count, share=share,
            seed=seed,
        )
    )  # fmt: skip
    console.print(
        f"{drawn.draw_id}: {len(drawn.drawn)} of {drawn.population}, to be answered by "
        f"{clock(drawn.due_ms)}; seed {drawn.seed}, population {drawn.population_sha256[:16]}",
        soft_wrap=True,
    )
    for number, (kind, subject) in enumerate(drawn.drawn, 1):
        console.print(f"{number:4d}  {kind:7} {subject}")


@spot_check.command("list")
def list_command(
    half: Half = "",
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
) -> None:
    """List checks. Status 1 while one is overdue."""
    rows = ask(
        lambda database: spot.checks(database, half=half, unit_id=unit, now_ms=wall_clock_ms())
    )
    table = Table("draw", "no.", "kind 类别", "subject 对象", "due 期限", "state 状态", "no 否")
    for row in rows:
        wrong = ", ".join(k for k, v in (row["answers"] or {}).items() if v == "no")
        state = f"[red]{row['state']}[/]" if row["state"] == "overdue" else row["state"]
        table.add_row(
            row["draw_id"], str(row["number"]), row["kind"], row["subject"], clock(row["due_ms"]),
            state, wrong,
        )  # fmt: skip
    console.print(table)
    raise typer.Exit(1 if any(row["state"] == "overdue" for row in rows) else 0)


@spot_check.command("answer")
def answer_command(
    draw: Annotated[str, typer.Argument(help="Id of the draw, e.g. 2026H2/unit.")],
    number: Annotated[int, typer.Argument(help="Number of the check.")],
    officer: Annotated[str, typer.Option(help="Who checked.")],
    answer: Annotated[list[str], typer.Option(help="QUESTION=yes, no or n/a; all of them.")],
    note: Annotated[str, typer.Option(help="What was found; wanted with a no.")] = "",
) -> None:
    """Answer a check, for good. Questions are listed by: vigil records spot-check questions."""
    answers = dict(one.partition("=")[::2] for one in answer)
    ask(
        lambda database: spot.answer(
            database, draw, number, answers, by=officer, note=note, now_ms=wall_clock_ms()
        )
    )


@spot_check.command("questions")
def questions_command() -> None:
    """List what is asked of acts, records and devices."""
    for kind, questions in spot.QUESTIONS.items():
        for code, zh, en in questions:
            console.print(f"{kind:7} {code:9} {zh} / {en}", soft_wrap=True)
