"""Owns what an officer may do with an alert, and does it once.

One transaction: the alert's new state, the entry of the audit trail, its leaf, its clocks and the
verdict in the outbox. Must not know how the request came in, nor ask whether the officer's role may
decide in that unit: the door of the site has (``pipelines/access``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detectors.types import digest_id
from pipelines import codec, topics
from pipelines.alerts.clocked import clocks_of
from pipelines.alerts.states import MOVES, REASON_CODES, By, Move
from pipelines.clocks.keep import apply, met
from pipelines.notices.queue import on_reminded
from pipelines.quality.checklist import KINDS
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

GROUND_LIMIT = 2000
MOST_AT_ONCE = 100
"""So many alerts are moved by one request."""
DECIDERS = ("officer", "reviewer", "leader")


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
        by: ``leader`` where the actor is one: they may overrule.
        given_to: the officer whom ``assign`` gives it to.
    """

    alert_id: str
    action: str
    actor: str
    reason_code: str = ""
    ground: str = ""
    seen: str = ""
    by: By = "officer"
    given_to: str = ""


def by_of(role: str) -> By:
    """Whose moves a role may make, where the policy lets it decide at all."""
    return "leader" if role == "leader" else "officer"


def checked(request: Request) -> Move:
    """The move asked for.

    Raises:
        BadMove: unknown action, only a leader's, or a reason code, words or an officer are missing.
    """
    move = MOVES.get(request.action)
    if move is None or move.by == "vigil":
        raise BadMove("unknown_action")
    if move.by == "leader" and request.by != "leader":
        raise BadMove("leader_only")
    if (request.action == "assign") != bool(request.given_to):
        raise BadMove("assignee_missing" if request.action == "assign" else "assignee_not_expected")
    if move.needs_reason and request.reason_code not in REASON_CODES:
        raise BadMove("reason_missing")
    if not move.needs_reason and request.reason_code:
        raise BadMove("reason_not_expected")
    if move.needs_ground and not request.ground.strip():
        raise BadMove("ground_missing")
    if len(request.ground) > GROUND_LIMIT:
        raise BadMove("ground_too_long")
    return move


def event_id_of(request: Request, round_: int = 0, *, given: int = 0) -> str:
    """The same for the same step of one round, so that a double click is once. Doubts may be many.

    Args:
        round_: how often the alert went back to the queue: each time it may be decided anew.
        given: how often it was given to somebody before.
    """
    often = (str(round_),) if round_ else ()
    if request.action == "assign":
        return digest_id(request.alert_id, request.action, request.given_to, str(given))
    if request.action == "unsure":
        words = (request.actor, request.ground.strip())
        return digest_id(request.alert_id, request.action, *words, *often)
    return digest_id(request.alert_id, request.action, *often)


async def make_move(database: Database, request: Request, *, now_ms: int) -> Moved:
    """Carries a move out, or finds that it had been.

    Raises:
        BadMove: the request is incomplete, or its officer is not of the alert's unit.
        NoSuchAlert: unknown, staged or still being sealed.
        StaleMove: the alert's state does not allow it, or is not the one the officer saw.
    """
    move = checked(request)
    async with database.transaction() as tx:
        alert = await tx.row("triage_lock", alert_id=request.alert_id)
        if alert is None:
            raise NoSuchAlert(request.alert_id)
        state, round_ = str(alert["state"]), int(alert["round"])
        given = await _given_before(tx, request)
        event_id = event_id_of(request, round_, given=given)
        if await _made_before(tx, request, alert, event_id):
            return Moved(alert_id=request.alert_id, state=state, event_id=event_id, repeated=True)
        if state not in move.states or request.seen not in ("", state):
            raise StaleMove(state)
        if request.action == "assign":
            await _may_be_given(tx, request, alert)
        made = _Made(request=request, move=move, alert=alert, event_id=event_id, now_ms=now_ms)
        await _record(tx, made)
    return Moved(
        alert_id=request.alert_id, state=move.to or state, event_id=event_id, repeated=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A move that is being carried out on an alert's locked row."""

    request: Request
    move: Move
    alert: Row
    event_id: str
    now_ms: int

    @property
    def seen(self) -> str:
        return str(self.alert["state"])

    @property
    def to(self) -> str:
        return self.move.to or self.seen


async def _given_before(tx: Transaction, request: Request) -> int:
    if request.action != "assign":
        return 0
    row = await tx.row("triage_given", alert_id=request.alert_id)
    return int(row["n"]) if row else 0


async def _made_before(tx: Transaction, request: Request, alert: Row, event_id: str) -> bool:
    if request.action == "assign":  # it may come back to somebody: what counts is who has it now
        return str(alert["assignee"]) == request.given_to
    made = await tx.row("triage_event", event_id=event_id)
    return made is not None and (made["actor"], made["reason_code"], made["ground"]) == (
        request.actor,
        request.reason_code,
        request.ground.strip(),
    )


async def _may_be_given(tx: Transaction, request: Request, alert: Row) -> None:
    """A leader gives to whom they like; others hand over what is their own."""
    if request.by != "leader" and alert["assignee"] != request.actor:
        raise BadMove("not_yours_to_give")
    found = await tx.row("triage_colleague", officer_id=request.given_to, unit_id=alert["unit_id"])
    if found is None or found["role"] not in DECIDERS:
        raise BadMove("no_such_officer")


def _leaf(made: _Made) -> Leaf:
    """What was done, without the words: they may name people, and stay in the trail."""
    request, ground = made.request, made.request.ground.strip().encode()
    given = {"given_to": request.given_to} if request.given_to else {}
    return Leaf(
        kind=Kind.VERDICT, subject=request.alert_id, at_ms=made.now_ms,
        body={
            "alert_id": request.alert_id, "event_id": made.event_id, "action": made.move.recorded,
            "officer": request.actor, "reason_code": request.reason_code, "from": made.seen,
            "to": made.to, "ground_sha256": hashlib.sha256(ground).hexdigest(), **given,
        },
    )  # fmt: skip


async def _record(tx: Transaction, made: _Made) -> None:
    request = made.request
    if made.move.to is not None:
        changed = await tx.execute(
            "triage_set_state", alert_id=request.alert_id, state=made.to, seen=made.seen,
            actor=request.actor,
        )  # fmt: skip
        if changed != 1:
            raise StaleMove(made.seen)
    elif request.given_to:
        await tx.execute("triage_give", alert_id=request.alert_id, given_to=request.given_to)
    await tx.execute(
        "triage_add_event", event_id=made.event_id, alert_id=request.alert_id, at_ms=made.now_ms,
        actor=request.actor, action=made.move.recorded, reason_code=request.reason_code,
        ground=request.ground.strip(), from_state=made.seen, to_state=made.to,
        given_to=request.given_to,
    )  # fmt: skip
    clocks = clocks_of(
        request.action, request.alert_id, by=request.actor, seen=made.seen, at_ms=made.now_ms,
        reason_code=request.reason_code,
    )  # fmt: skip
    await apply(tx, *clocks)
    if request.action == "confirm":
        await _reviewed_before(tx, made)
    await log(tx, _leaf(made))
    if request.action == "remind":
        await on_reminded(tx, request.alert_id, made.now_ms)
    if made.move.verdict:
        await _tell(tx, made)


async def _reviewed_before(tx: Transaction, made: _Made) -> None:
    """Both reviews may be signed before an officer confirms: then nothing is left to wait for."""
    stand = await tx.rows("quality_standing", alert_id=made.request.alert_id)
    if len(stand) == len(KINDS):
        by = str(max(stand, key=lambda row: int(row["at_ms"]))["officer_id"])
        await apply(tx, met("review", made.request.alert_id, at_ms=made.now_ms, by=by))


async def _tell(tx: Transaction, made: _Made) -> None:
    party_id = str(made.alert["party_id"])
    verdict = codec.VerdictMessage(
        event_id=made.event_id,
        alert_id=made.request.alert_id,
        party_id=party_id,
        verdict=made.move.recorded,
        reason_code=made.request.reason_code,
        actor=made.request.actor,
        at_ms=made.now_ms,
    )
    await tx.execute(
        "triage_outbox",
        topic=topics.VERDICTS,
        key=party_id.encode(),
        value=codec.encode(verdict),
    )
