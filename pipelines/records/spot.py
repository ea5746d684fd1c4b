"""The half-yearly spot checks: drawn once, by a draw that anybody can repeat, and answered (AV-32).

The order of the draw is SHA-256 over seed, newest root of the transparency log, digest of what
could be drawn and the subject. Nobody chooses the root, the draw is a leaf, and a half-year and
unit are drawn once: who dislikes a draw cannot draw again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.records.diary import officers_units
from pipelines.records.types import NotTaken
from pipelines.records.working_days import ZONE
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

ANSWER_DAYS = 30
"""To answer after the half-year has ended; an engineering default."""
KINDS = ("act", "record", "device")
QUESTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "act": (
        ("recorded", "是否按照规定进行记录", "Recorded as required?"),
        ("conduct", "执法管理用语、行为是否规范", "Language and conduct as they should be?"),
        ("handling", "导出、移交、管理、使用是否合规", "Exported, handed over, used as required?"),
    ),
    "record": (
        ("conduct", "执法管理用语、行为是否规范", "Language and conduct as they should be?"),
        ("handling", "导出、移交、管理、使用是否合规", "Exported, handed over, used as required?"),
    ),
    "device": (
        ("security", "设备和技术系统是否符合安全要求", "Device and system secure?"),
        ("lawful", "安装和记录的使用管理是否合理规范、合法有效", "Installed and used lawfully?"),
        ("upkeep", "设备的保管和维护情况是否良好", "Kept and maintained well?"),
    ),
}  # fmt: skip
"""AV-33 for what is done on site, AV-34 for devices: code, Chinese, English."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A draw: what of ``population`` was drawn, in order."""

    draw_id: str
    seed: str
    checkpoint: str
    population_sha256: str
    population: int
    drawn: tuple[tuple[str, str], ...]
    due_ms: int


def half_span(half: str) -> tuple[int, int]:
    """The first moment of a half-year and of the next, epoch ms.

    Raises:
        NotTaken: not of the form ``2026H2``.
    """
    if not (match := re.fullmatch(r"(\d{4})H([12])", half)):
        raise NotTaken(f"--half {half!r}: write it as 2026H1 or 2026H2")
    year, second = int(match[1]), match[2] == "2"
    first = dt.datetime(year, 7 if second else 1, 1, tzinfo=ZONE)
    last = dt.datetime(year + second, 1 if second else 7, 1, tzinfo=ZONE)
    return round(first.timestamp() * 1000), round(last.timestamp() * 1000)


def order(
    population: Sequence[tuple[str, str]], *, seed: str, checkpoint: str
) -> list[tuple[str, str]]:
    """The population in the order of the draw, which any reader can repeat."""
    digest = population_digest(population)

    def lot(one: tuple[str, str]) -> bytes:
        return hashlib.sha256("\x1f".join((seed, checkpoint, digest, *one)).encode()).digest()

    return sorted(population, key=lot)


def population_digest(population: Sequence[tuple[str, str]]) -> str:
    """SHA-256 over what could be drawn, sorted, as canonical JSON."""
    return sha256_hex(canonical([list(one) for one in sorted(population)]))


async def draw(
    database: Database,
    half: str,
    unit_id: str,
    *,
    by: str,
    now_ms: int,
    count: int | None = None,
    share: float | None = None,
    seed: str = "",
) -> Drawn:
    """Draws acts, records and devices of a half-year, at least one of each kind there is.

    Args:
        seed: any text, made when left out; it is logged, so the draw can be repeated.

    Raises:
        NotTaken: it is drawn already, nothing is there to draw, or the drawer may not.
    """
    first_ms, next_ms = half_span(half)
    if (count is None) == (share is None):
        raise NotTaken("say how many: either --count N or --share 0.1")
    if (count is not None and count < 1) or (share is not None and not 0 < share <= 1):
        raise NotTaken("--count from 1, --share above 0 and at most 1")
    draw_id, seed = f"{half}/{unit_id}", seed or secrets.token_hex(16)
    async with database.transaction() as tx:
        await _check_drawer(tx, by, unit_id)
        rows = await tx.rows(
            "records_population", unit_id=unit_id, from_ms=first_ms, to_ms=min(next_ms, now_ms)
        )
        population = [(str(row["kind"]), str(row["subject"])) for row in rows]
        if not population:
            raise NotTaken(f"unit {unit_id} has nothing to draw from in {half}")
        tip = await tx.row("records_checkpoint")
        checkpoint = str(tip["root"]) if tip else ""
        wanted = count if count is not None else -(-len(population) * (share or 0) // 1)
        drawn = _pick(order(population, seed=seed, checkpoint=checkpoint), int(wanted))
        due_ms = next_ms + ANSWER_DAYS * 86_400_000
        digest = population_digest(population)
        new = await tx.execute(
            "records_put_draw", draw_id=draw_id, half=half, unit_id=unit_id, seed=seed,
            checkpoint=checkpoint, population_sha256=digest, due_ms=due_ms, drawn_by=by,
            drawn_ms=now_ms, population=[list(one) for one in population],
        )  # fmt: skip
        if not new:
            raise NotTaken(
                f"{half} is drawn already for unit {unit_id}: vigil records spot-check list"
            )
        await tx.execute_many(
            "records_put_check",
            [{"draw_id": draw_id, "number": n, "kind": kind, "subject": subject}
             for n, (kind, subject) in enumerate(drawn, 1)],
        )  # fmt: skip
        body: dict[str, Any] = {
            "draw": draw_id, "seed": seed, "checkpoint": checkpoint, "population_sha256": digest,
            "population": len(population), "drawn": [list(one) for one in drawn], "drawn_by": by,
        }  # fmt: skip
        await log(tx, Leaf(kind=Kind.REVIEW, subject=draw_id, at_ms=now_ms, body=body))
    return Drawn(
        draw_id=draw_id, seed=seed, checkpoint=checkpoint, population_sha256=digest,
        population=len(population), drawn=tuple(drawn), due_ms=due_ms,
    )  # fmt: skip


def _pick(ordered: list[tuple[str, str]], wanted: int) -> list[tuple[str, str]]:
    """The first of each kind, then in the order of the draw until there are enough."""
    kinds = [next((one for one in ordered if one[0] == kind), None) for kind in KINDS]
    chosen = {one for one in kinds if one is not None}
    for one in ordered:
        if len(chosen) >= wanted:
            break
        chosen.add(one)
    return [one for one in ordered if one in chosen]


async def answer(
    database: Database,
    draw_id: str,
    number: int,
    answers: dict[str, str],
    *,
    by: str,
    note: str,
    now_ms: int,
) -> None:
    """Answers one check; once answered, it stays.

    Raises:
        NotTaken: no such check, answered already, questions left open or answers that are none.
    """
    async with database.transaction() as tx:
        check = await tx.row("records_check_known", draw_id=draw_id, number=number)
        if check is None:
            raise NotTaken(f"no check {number} in {draw_id}")
        await _check_answerer(tx, by, check)
        wanted = {code for code, _, _ in QUESTIONS[check["kind"]]}
        if set(answers) != wanted or not set(answers.values()) <= {"yes", "no", "n/a"}:
            raise NotTaken(f"answer each of {', '.join(sorted(wanted))} with yes, no or n/a")
        if "no" in answers.values() and not note.strip():
            raise NotTaken("a no wants a note: --note TEXT")
        told = {**answers, "note": note}
        done = await tx.execute(
            "records_answer", draw_id=draw_id, number=number, answers=told, answered_by=by,
            answered_ms=now_ms,
        )  # fmt: skip
        if not done:
            raise NotTaken(f"check {number} of {draw_id} is answered already")
        body = {"draw": draw_id, "number": number, "answers": told, "answered_by": by}
        await log(tx, Leaf(kind=Kind.REVIEW, subject=draw_id, at_ms=now_ms, body=body))


async def checks(
    database: Database, *, half: str = "", unit_id: str | None = None, now_ms: int
) -> list[Row]:
    """Checks in order, each with ``state``: ``answered``, ``open`` or ``overdue``."""
    rows = await database.rows("records_checks", half=half, unit_id=unit_id)
    for row in rows:
        late = now_ms > row["due_ms"]
        row["state"] = "answered" if row["answered_ms"] else "overdue" if late else "open"
    return rows


async def _check_drawer(tx: Transaction, by: str, unit_id: str) -> None:
    if not await tx.row("records_unit_known", unit_id=unit_id):
        raise NotTaken(f"no unit {unit_id!r}")
    await officers_units(tx, (by,))
    target = Target(kind="unit", id=unit_id, unit_id=unit_id)
    if not decide(await _actor(tx, by), Action.DRAW_CHECK, target).allowed:
        raise NotTaken(f"{by} may not draw: a leader or archivist of unit {unit_id} does")


async def _check_answerer(tx: Transaction, by: str, check: Row) -> None:
    await officers_units(tx, (by,))
    owners = await tx.rows("records_owners", subject=check["subject"])
    target = Target(
        kind="record", id=check["subject"], unit_id=check["unit_id"],
        owners=frozenset(row["officer_id"] for row in owners),
    )  # fmt: skip
    if not decide(await _actor(tx, by), Action.ANSWER_CHECK, target).allowed:
        raise NotTaken(
            f"{by} may not answer: a reviewer or leader of unit {check['unit_id']} does, and "
            "nobody checks their own"
        )


async def _actor(tx: Transaction, officer_id: str) -> Actor:
    rows = await tx.rows("records_officers_known", officers=[officer_id])
    return Actor(**rows[0])
