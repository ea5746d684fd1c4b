"""Owns written requests to see or take out, and a leader's answer. Each is a leaf of the log.

Nobody answers what they asked for themselves. Must not show anything: ``looks`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detectors.types import digest_id
from pipelines.access.policy import Action, Actor, Target, decide, policy
from pipelines.access.targets import target_of
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

Asked = Literal["view", "export"]
TEXT_LIMIT = 2000
_DAY_MS = 86_400_000
_WANTED: dict[str, Action] = {"view": Action.VIEW_ORIGINAL, "export": Action.EXPORT}
_APPROVES: dict[str, Action] = {"view": Action.APPROVE_ACCESS, "export": Action.APPROVE_EXPORT}


class NotAsked(Exception):
    """A request that cannot be made or answered so; ``code`` says why.

    ``no_target``, ``reason_missing``, ``matter_missing``, ``too_long``, ``period`` (ends before it
    begins, is over, or lasts too long), ``not_needed``, ``refused``, ``no_package``,
    ``unknown``, ``answered``, ``own``, ``not_leader``, ``over``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody asks for, in writing; ``from_ms`` to ``to_ms`` is the period."""

    action: Asked
    kind: str
    id: str
    reason: str
    matter: str
    from_ms: int
    to_ms: int


async def ask(database: Database, actor: Actor, asking: Asking, *, now_ms: int) -> str:
    """Puts a request before the leaders of the target's unit and returns its id.

    The same request within the same period is one request.

    Raises:
        NotAsked: it is incomplete, not needed, or never granted.
    """
    _check(asking, now_ms)
    request_id = digest_id(
        "access", actor.officer_id, asking.action, asking.kind, asking.id, asking.reason.strip(),
        asking.matter.strip(), str(asking.from_ms), str(asking.to_ms),
    )  # fmt: skip
    async with database.transaction() as tx:
        target = await target_of(tx, asking.kind, asking.id)
        if target is None:
            raise NotAsked("no_target")
        _check_needed(actor, asking, target)
        added = await tx.execute(
            "access_ask", request_id=request_id, action=asking.action, kind=asking.kind,
            id=asking.id, unit_id=target.unit_id, applicant=actor.officer_id,
            reason=asking.reason.strip(), matter=asking.matter.strip(),
            from_ms=asking.from_ms, to_ms=asking.to_ms, asked_ms=now_ms,
        )  # fmt: skip
        if added:
            await log(tx, _asked_leaf(request_id, actor, asking, now_ms))
    return request_id


async def answer(
    database: Database, actor: Actor, request_id: str, *, approve: bool, why: str, now_ms: int
) -> None:
    """A leader's yes or no, with a reason.

    Raises:
        NotAsked: not theirs to answer, answered already, over, or without a reason.
    """
    if not why.strip():
        raise NotAsked("reason_missing")
    if len(why) > TEXT_LIMIT:
        raise NotAsked("too_long")
    async with database.transaction() as tx:
        row = await _held(tx, actor, request_id)
        if row["decided_by"] is not None:
            raise NotAsked("answered")
        if approve and int(row["to_ms"]) <= now_ms:
            raise NotAsked("over")
        await tx.execute(
            "access_answer", request_id=request_id, decided_by=actor.officer_id,
            decided_ms=now_ms, approved=approve, answer=why.strip(),
        )  # fmt: skip
        outcome = "approved" if approve else "refused"
        await log(tx, _answer_leaf(row, actor, outcome, why.strip(), now_ms))


async def withdraw(
    database: Database, actor: Actor, request_id: str, *, why: str, now_ms: int
) -> None:
    """Takes a grant back before its time; whoever may approve may do so.

    Raises:
        NotAsked: not theirs, never granted, or no reason.
    """
    if not why.strip():
        raise NotAsked("reason_missing")
    async with database.transaction() as tx:
        row = await _held(tx, actor, request_id)
        if not await tx.execute("access_withdraw", request_id=request_id, now_ms=now_ms):
            raise NotAsked("answered")
        await log(tx, _answer_leaf(row, actor, "withdrawn", why.strip(), now_ms))


def may_answer(actor: Actor, row: Row) -> bool:
    """Whether a request is theirs to answer."""
    return row["applicant"] != actor.officer_id and _is_leader(actor, row)


async def _held(tx: Transaction, actor: Actor, request_id: str) -> Row:
    row = await tx.row("access_lock", request_id=request_id)
    if row is None:
        raise NotAsked("unknown")
    if row["applicant"] == actor.officer_id:
        raise NotAsked("own")
    if not _is_leader(actor, row):
        raise NotAsked("not_leader")
    return row


def _is_leader(actor: Actor, row: Row) -> bool:
    kind = "alert" if row["target_kind"] == "alert" else "record"
    target = Target(kind=kind, id=str(row["target_id"]), unit_id=str(row["unit_id"]))  # type: ignore[arg-type]  # one of the two
    return decide(actor, _APPROVES[str(row["action"])], target).allowed


def _check(asking: Asking, now_ms: int) -> None:
    if asking.action not in _WANTED:
        raise NotAsked("unknown")
    if not asking.reason.strip():
        raise NotAsked("reason_missing")
    if not asking.matter.strip():
        raise NotAsked("matter_missing")
    if max(len(asking.reason), len(asking.matter)) > TEXT_LIMIT:
        raise NotAsked("too_long")
    last_ms = now_ms + policy().longest_days * _DAY_MS
    if not now_ms < asking.to_ms <= last_ms or asking.from_ms >= asking.to_ms:
        raise NotAsked("period")


def _check_needed(actor: Actor, asking: Asking, target: Target) -> None:
    if not decide(actor, Action.REQUEST_ACCESS, target).allowed:
        raise NotAsked("refused")
    if asking.action == "export" and target.kind != "alert":
        raise NotAsked("no_package")
    found = decide(actor, _WANTED[asking.action], target)
    if found.allowed:
        raise NotAsked("not_needed")
    if found.why != "grant_needed":
        raise NotAsked("refused")


def _asked_leaf(request_id: str, actor: Actor, asking: Asking, now_ms: int) -> Leaf:
    body = {
        "request": request_id, "applicant": actor.officer_id, "action": asking.action,
        "target": asking.kind, "reason": asking.reason.strip(), "matter": asking.matter.strip(),
        "from_ms": asking.from_ms, "to_ms": asking.to_ms,
    }  # fmt: skip
    return Leaf(kind=Kind.REQUEST, subject=asking.id, at_ms=now_ms, body=body)


def _answer_leaf(row: Row, actor: Actor, outcome: str, why: str, now_ms: int) -> Leaf:
    body = {
        "request": str(row["request_id"]), "applicant": str(row["applicant"]),
        "action": str(row["action"]), "target": str(row["target_kind"]), "outcome": outcome,
        "by": actor.officer_id, "reason": why,
    }  # fmt: skip
    return Leaf(kind=Kind.APPROVAL, subject=str(row["target_id"]), at_ms=now_ms, body=body)
