"""Owns the review of case files (art. 3, 4): drawn by lot, hinted at, answered by a person.

Hints are facts on record beside a question; none of them is an answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.accountability.commission import skipped_procedure, thin_evidence, wrong_basis
from pipelines.accountability.observed import Matter, Observed
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.records.spot import order
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log

Yes = Literal["yes", "no", "na"]
"""Not applicable, too."""
ASPECTS = ("facts", "evidence", "basis", "procedure", "appropriateness")
MOST_DRAWN, MOST_WORDS = 100, 2000


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question; ``hint`` names what ``hints`` can say about it."""

    code: str
    aspect: Literal["facts", "evidence", "basis", "procedure", "appropriateness"]
    article: str
    hint: str
    zh: str
    en: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's answer; anything but yes needs words."""

    question: str
    answer: Yes
    words: str = ""


@cache
def questions() -> tuple[Question, ...]:
    """The bundled checklist."""
    text = files(__package__).joinpath("case_review.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=dict[str, tuple[Question, ...]])["question"]


def hints(observed: Observed, matter: Matter) -> dict[str, tuple[str, ...]]:
    """What is on record beside each hint's name; empty: nothing that speaks against it."""
    alone = msgspec.structs.replace(observed, matters=(matter,))
    said: dict[str, tuple[str, ...]] = {
        "facts": () if matter.acts("confirmed") else ("not_confirmed",),
        "evidence": tuple(str(lead.measured["why"]) for lead in thin_evidence(alone)),
        "basis": tuple(str(lead.measured["why"]) for lead in wrong_basis(alone)),
        "procedure": tuple(
            f"{name}:{lead.measured[name]}"
            for lead in skipped_procedure(alone)
            for name in ("missing", "same_person")
            if lead.measured[name]
        ),
        "amount": tuple(
            f"fine:{one.yuan:.2f}" for one in observed.amounts if one.case_id == matter.case_id
        ),
        "authority": tuple(
            "no_post" for fact in matter.acts("confirmed")
            if observed.register_kept and fact.fact_id in observed.unposted
        ),
    }  # fmt: skip
    return said


async def draw(
    database: Database, actor: Actor, *, from_ms: int, to_ms: int, count: int, now_ms: int
) -> str:
    """Draws cases of the actor's unit by a lot that anybody can repeat; returns the draw's id.

    Raises:
        NotYours, NotSaid: they may not, or there is nothing to draw.
    """
    _may(actor, actor.unit_id, frozenset())
    if not 1 <= count <= MOST_DRAWN:
        raise NotSaid("incomplete", f"draw 1 to {MOST_DRAWN}")
    draw_id, seed = secrets.token_hex(16), secrets.token_hex(16)
    async with database.transaction() as tx:
        rows = await tx.rows(
            "duty_cases_to_draw", unit_id=actor.unit_id, from_ms=from_ms, to_ms=to_ms
        )
        population = [("case", str(row["case_id"])) for row in rows]
        if not population:
            raise NotSaid("nothing", "no case of that period waits for review")
        tip = await tx.row("records_checkpoint")
        checkpoint = str(tip["root"]) if tip else ""
        drawn = [one for _, one in order(population, seed=seed, checkpoint=checkpoint)[:count]]
        await tx.execute(
            "duty_add_draw", draw_id=draw_id, unit_id=actor.unit_id, seed=seed,
            checkpoint=checkpoint, population=[list(one) for one in population],
            drawn_by=actor.officer_id, drawn_ms=now_ms,
        )  # fmt: skip
        await tx.execute_many(
            "duty_add_case_review", [{"draw_id": draw_id, "case_id": one} for one in drawn]
        )
        body = {"act": "case_review_drawn", "seed": seed, "checkpoint": checkpoint,
                "population": len(population), "drawn": drawn, "by": actor.officer_id}  # fmt: skip
        await log(tx, Leaf(kind=Kind.DUTY, subject=draw_id, at_ms=now_ms, body=body))
    return draw_id


async def answer(
    database: Database, actor: Actor, draw_id: str, case_id: str, answers: Sequence[Answer],
    *, now_ms: int,
) -> None:  # fmt: skip
    """A person's answers on one drawn case, once; nobody reviews what they worked on (art. 22).

    Raises:
        NotYours, NotSaid: they may not, or it is incomplete or answered.
    """
    _complete({one.question: one for one in answers}, answers)
    async with database.transaction() as tx:
        row = await tx.row("duty_case_review_lock", draw_id=draw_id, case_id=case_id)
        if row is None or row["answered_by"] is not None:
            raise NotSaid("answered", "it was not drawn, or is answered")
        _may(actor, row["unit_id"], frozenset(row["workers"]))
        plain = [msgspec.to_builtins(one) for one in answers]
        await tx.execute(
            "duty_answer_case_review", draw_id=draw_id, case_id=case_id, answers=plain,
            answered_by=actor.officer_id, answered_ms=now_ms,
        )  # fmt: skip
        body = {"act": "case_reviewed", "case": case_id, "by": actor.officer_id, "answers": plain}
        await log(tx, Leaf(kind=Kind.DUTY, subject=draw_id, at_ms=now_ms, body=body))


def _complete(given: Mapping[str, Answer], answers: Sequence[Answer]) -> None:
    if set(given) != {q.code for q in questions()} or len(given) != len(answers):
        raise NotSaid("unanswered", "every question is answered once")
    for one in answers:
        if (one.answer != "yes" and not one.words.strip()) or len(one.words) > MOST_WORDS:
            raise NotSaid("incomplete", f"{one.question}: say why")


def _may(actor: Actor, unit_id: str, workers: frozenset[str]) -> None:
    target: Any = Target(kind="unit", id=unit_id, unit_id=unit_id, owners=workers)
    found = decide(actor, Action.REVIEW_CASE_FILE, target)
    if not found.allowed:
        raise NotYours(found.why, f"{actor.officer_id} may not review it: {found.basis}")
