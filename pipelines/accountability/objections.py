"""Owns the record of objections to orders, and of decisions taken together. Both are appended.

An objection is kept whatever the superior answers: art. 11 (7) turns on it (and (5) on opinions).
"""

from __future__ import annotations

import secrets

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.accountability.facts import Subject, subject_of
from pipelines.accountability.findings import Objection
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.evidence.canonical import sha256_hex
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

MOST_WORDS = 4000


async def object_to(
    database: Database, actor: Actor, *, kind: str, subject_id: str, superior: str, ordered: str,
    objection: str, now_ms: int,
) -> str:  # fmt: skip
    """Records an officer's written objection to a superior's order or decision; returns its id.

    Raises:
        NoSuchSubject, NotSaid, NotYours: it cannot be recorded.
    """
    ordered, objection = _words(ordered), _words(objection)
    async with database.transaction() as tx:
        subject = await subject_of(tx, kind, subject_id)
        mine = Target(kind="unit", id=subject.id, unit_id=subject.unit_id,
                      owners=frozenset({actor.officer_id}))  # fmt: skip
        if not decide(actor, Action.RECORD_DUTY, mine).allowed:
            raise NotYours("role", f"{actor.officer_id} ({actor.role}) may not")
        if superior == actor.officer_id:
            raise NotSaid("incomplete", "an objection is to somebody else's order")
        if not await tx.rows("duty_known_officers", ids=[superior]):
            raise NotSaid("unknown_officer", f"the register has no officer {superior}")
        objection_id = secrets.token_hex(16)
        await tx.execute(
            "duty_add_objection", objection_id=objection_id, subject_kind=subject.kind,
            subject_id=subject.id, unit_id=subject.unit_id, officer_id=actor.officer_id,
            superior=superior, ordered=ordered, objection=objection, at_ms=now_ms,
        )  # fmt: skip
        body = {
            "act": "objected", "subject": f"{subject.kind}:{subject.id}", "by": actor.officer_id,
            "superior": superior, "words_sha256": sha256_hex(f"{ordered}\n{objection}".encode()),
        }  # fmt: skip
        await log(tx, Leaf(kind=Kind.DUTY, subject=objection_id, at_ms=now_ms, body=body))
    return objection_id


async def answer_objection(
    database: Database, actor: Actor, objection_id: str, *, adopted: bool, words: str, now_ms: int
) -> None:
    """The superior's answer: adopted, or to be carried out all the same.

    Raises:
        NotSaid, NotYours: there is none, it is answered, or it is not theirs.
    """
    words = _words(words)
    async with database.transaction() as tx:
        row = await tx.row("duty_objection_lock", objection_id=objection_id)
        if row is None:
            raise NotSaid("unknown_code", f"no objection {objection_id}")
        if row["superior"] != actor.officer_id:
            raise NotYours("not_concerned", "only the superior whose order it is answers")
        outcome = "adopted" if adopted else "overruled"
        new = await tx.execute(
            "duty_answer_objection", objection_id=objection_id, outcome=outcome, words=words,
            by_officer=actor.officer_id, at_ms=now_ms,
        )  # fmt: skip
        if not new:
            raise NotSaid("answered", "it has been answered")
        body = {"act": "objection_answered", "by": actor.officer_id, "outcome": outcome,
                "words_sha256": sha256_hex(words.encode())}  # fmt: skip
        await log(tx, Leaf(kind=Kind.DUTY, subject=objection_id, at_ms=now_ms, body=body))


async def decide_together(
    database: Database, actor: Actor, *, kind: str, subject_id: str, members: list[str],
    decided: str, minutes_sha256: str = "", now_ms: int,
) -> str:  # fmt: skip
    """Records a collective decision (合议、集体讨论): the leader's unit organised it.

    Raises:
        NoSuchSubject, NotSaid, NotYours: it cannot be recorded.
    """
    decided, members = _words(decided), sorted(set(members))
    if len(members) < 2:  # noqa: PLR2004  together is two at least
        raise NotSaid("incomplete", "together is at least two")
    mine = Target(kind="unit", id=actor.unit_id, unit_id=actor.unit_id)
    if not decide(actor, Action.RECORD_DUTY, mine).allowed:
        raise NotYours("role", f"{actor.officer_id} ({actor.role}) may not")
    async with database.transaction() as tx:
        subject = await subject_of(tx, kind, subject_id)
        known = {row["id"] for row in await tx.rows("duty_known_officers", ids=members)}
        if missing := sorted(set(members) - known):
            raise NotSaid("unknown_officer", f"the register has no officer {', '.join(missing)}")
        meeting_id = secrets.token_hex(16)
        await tx.execute(
            "duty_add_meeting", meeting_id=meeting_id, subject_kind=subject.kind,
            subject_id=subject.id, unit_id=actor.unit_id, members=members, decided=decided,
            minutes_sha256=minutes_sha256, entered_by=actor.officer_id, at_ms=now_ms,
        )  # fmt: skip
        body = {"act": "decided_together", "unit": actor.unit_id, "members": members,
                "by": actor.officer_id, "words_sha256": sha256_hex(decided.encode()),
                "minutes_sha256": minutes_sha256}  # fmt: skip
        await log(tx, Leaf(kind=Kind.DUTY, subject=meeting_id, at_ms=now_ms, body=body))
    return meeting_id


async def recorded(tx: Transaction | Database, subject: Subject) -> list[Objection]:
    """The objections on record about a subject, its alert and its case."""
    subjects = [f"{subject.kind}:{subject.id}", f"alert:{subject.alert_id}",
                f"case:{subject.case_id}"]  # fmt: skip
    rows = await tx.rows("duty_objections_about", subjects=subjects)
    return [
        Objection(
            objection_id=f"objection:{row['objection_id']}", officer_id=row["officer_id"],
            superior=row["superior"],
            overruled=None if row["outcome"] is None else row["outcome"] == "overruled",
        )
        for row in rows
    ]  # fmt: skip


def _words(said: str) -> str:
    if not said.strip() or len(said) > MOST_WORDS:
        raise NotSaid("incomplete", "words are missing, or too many")
    return said.strip()
