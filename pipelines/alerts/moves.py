"""Owns what an officer may do with an alert, and does it once.

One transaction: the alert's new state, the entry of the audit trail, its leaf and the verdict in
the outbox. Must not know how the request came in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detectors.types import digest_id
from pipelines import codec, topics
from pipelines.alerts.states import MOVES, REASON_CODES, Move
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

GROUND_LIMIT = 2000


class NoSuchAlert(Exception):
    """No alert of this id is before the officers."""


class BadMove(Exception):
    """The request itself is incomplete; ``code`` names what is missing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StaleMove(Exception):
    """The alert is no longer in the state the officer saw; ``state`` is what it is now."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of a move; ``repeated`` when the very same move had been made before."""

    alert_id: str
    state: str
    event_id: str
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A move as asked for.

    Attributes:
        seen: the state on the officer's screen; empty takes any state the move allows.
    """

    alert_id: str
    action: str
    actor: str
    reason_code: str = ""
    ground: str = ""
    seen: str = ""


def checked(request: Request) -> Move:
    """The move asked for.

    Raises:
        BadMove: unknown action, or a reason code or words are missing.
    """
    move = MOVES.get(request.action)
    if move is None or move.by == "vigil":
        raise BadMove("unknown_action")
    if move.needs_reason and request.reason_code not in REASON_CODES:
        raise BadMove("reason_missing")
    if not move.needs_reason and request.reason_code:
        raise BadMove("reason_not_expected")
    if move.needs_ground and not request.ground.strip():
        raise BadMove("ground_missing")
    if len(request.ground) > GROUND_LIMIT:
        raise BadMove("ground_too_long")
    return move


def event_id_of(request: Request, round_: int = 0) -> str:
    """The same for the same step of one round, so that a double click is once. Doubts may be many.

    Args:
        round_: how often the alert went back to the queue: each time it may be decided anew.
    """
    often = (str(round_),) if round_ else ()
    if request.action == "unsure":
        words = (request.actor, request.ground.strip())
        return digest_id(request.alert_id, request.action, *words, *often)
    return digest_id(request.alert_id, request.action, *often)


async def make_move(database: Database, request: Request, *, now_ms: int) -> Moved:
    """Carries a move out, or finds that it had been.

    Raises:
        BadMove: the request is incomplete.
        NoSuchAlert: unknown, staged or still being sealed.
        StaleMove: the alert's state does not allow it, or is not the one the officer saw.
    """
    move = checked(request)
    async with database.transaction() as tx:
        alert = await tx.row("triage_lock", alert_id=request.alert_id)
        if alert is None:
            raise NoSuchAlert(request.alert_id)
        state, event_id = str(alert["state"]), event_id_of(request, int(alert["round"]))
        if await _made_before(tx, request, event_id):
            return Moved(alert_id=request.alert_id, state=state, event_id=event_id, repeated=True)
        if state not in move.states or request.seen not in ("", state):
            raise StaleMove(state)
        party_id = str(alert["party_id"])
        await _record(
            tx, request, move, event_id=event_id, seen=state, party_id=party_id, now_ms=now_ms
        )
    return Moved(
        alert_id=request.alert_id, state=move.to or state, event_id=event_id, repeated=False
    )


async def _made_before(tx: Transaction, request: Request, event_id: str) -> bool:
    made = await tx.row("triage_event", event_id=event_id)
    return made is not None and (made["actor"], made["reason_code"], made["ground"]) == (
        request.actor,
        request.reason_code,
        request.ground.strip(),
    )


def _leaf(request: Request, move: Move, *, event_id: str, seen: str, now_ms: int) -> Leaf:
    """What was done, without the words: they may name people, and stay in the trail."""
    ground = request.ground.strip().encode()
    return Leaf(
        kind=Kind.VERDICT, subject=request.alert_id, at_ms=now_ms,
        body={
            "alert_id": request.alert_id, "event_id": event_id, "action": move.recorded,
            "officer": request.actor, "reason_code": request.reason_code, "from": seen,
            "to": move.to or seen, "ground_sha256": hashlib.sha256(ground).hexdigest(),
        },
    )  # fmt: skip


async def _record(
    tx: Transaction,
    request: Request,
    move: Move,
    *,
    event_id: str,
    seen: str,
    party_id: str,
    now_ms: int,
) -> None:
    if move.to is not None:
        changed = await tx.execute(
            "triage_set_state", alert_id=request.alert_id, state=move.to, seen=seen,
            actor=request.actor,
        )  # fmt: skip
        if changed != 1:
            raise StaleMove(seen)
    await tx.execute(
        "triage_add_event",
        event_id=event_id,
        alert_id=request.alert_id,
        at_ms=now_ms,
        actor=request.actor,
        action=move.recorded,
        reason_code=request.reason_code,
        ground=request.ground.strip(),
    )
    await log(tx, _leaf(request, move, event_id=event_id, seen=seen, now_ms=now_ms))
    if move.verdict:
        verdict = codec.VerdictMessage(
            event_id=event_id,
            alert_id=request.alert_id,
            party_id=party_id,
            verdict=move.recorded,
            reason_code=request.reason_code,
            actor=request.actor,
            at_ms=now_ms,
        )
        await tx.execute(
            "triage_outbox",
            topic=topics.VERDICTS,
            key=party_id.encode(),
            value=codec.encode(verdict),
        )
