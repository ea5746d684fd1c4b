"""Owns the life of a clue: its states, the moves between them, and making one, once.

One transaction: the clue's state, the appended event, its leaf, the clocks, and what goes back to
the platform. Whether somebody may is the policy's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detectors.types import digest_id
from pipelines.clocks.keep import apply, met
from pipelines.clues.intake import iso
from pipelines.clues.types import OUTCOMES, Result, message
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

GROUND_LIMIT = 4000
STATES = ("received", "accepted", "assigned", "acted_on", "answered", "returned", "closed")
OPEN = ("received", "accepted", "assigned", "acted_on")
AT_WORK = ("accepted", "assigned", "acted_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One allowed step; ``to`` None leaves the state as it is.

    Attributes:
        detail: what ``detail`` must hold: an officer, an alert, an outcome, a party; or nothing.
    """

    states: tuple[str, ...]
    to: str | None
    recorded: str
    detail: str = ""
    needs_ground: bool = False
    meets: tuple[str, ...] = ()


MOVES: dict[str, Move] = {
    "accept": Move(
        states=("received",), to="accepted", recorded="accepted", meets=("clue_receipt",)
    ),
    "assign": Move(states=AT_WORK, to="assigned", recorded="assigned", detail="officer"),
    "match": Move(states=OPEN, to=None, recorded="matched", detail="party"),
    "link": Move(states=AT_WORK, to="acted_on", recorded="linked", detail="alert"),
    "visit": Move(states=AT_WORK, to="acted_on", recorded="visited", needs_ground=True),
    "answer": Move(
        states=AT_WORK, to="answered", recorded="answered", detail="outcome", needs_ground=True,
        meets=("clue_receipt", "clue_result"),
    ),
    "return": Move(
        states=("received", *AT_WORK), to="returned", recorded="returned", needs_ground=True,
        meets=("clue_receipt", "clue_result"),
    ),
}  # fmt: skip


class NoSuchClue(Exception):
    """There is no clue of this id."""


class BadMove(Exception):
    """The request is incomplete or names what is not there; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StaleMove(Exception):
    """The clue is not in a state that allows it; ``state`` is what it is now."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A move as asked for; ``seen`` is the state on the officer's screen, empty for any."""

    clue_id: str
    action: str
    actor: str
    detail: str = ""
    ground: str = ""
    seen: str = ""


def offered(state: str) -> tuple[str, ...]:
    """The moves that a clue in this state allows."""
    return tuple(name for name, move in MOVES.items() if state in move.states)


async def make_move(database: Database, request: Request, *, now_ms: int) -> str:
    """Carries a move out and returns the clue's state after it.

    Raises:
        NoSuchClue, BadMove, StaleMove: as they say; nothing is changed.
    """
    move = MOVES.get(request.action)
    if move is None:
        raise BadMove("unknown_action")
    if move.needs_ground and not request.ground.strip():
        raise BadMove("ground_missing")
    if len(request.ground) > GROUND_LIMIT or "\0" in request.ground + request.detail:
        raise BadMove("ground_too_long")
    async with database.transaction() as tx:
        clue = await tx.row("clues_lock", clue_id=request.clue_id)
        if clue is None:
            raise NoSuchClue(request.clue_id)
        if clue["state"] not in move.states or request.seen not in ("", clue["state"]):
            raise StaleMove(str(clue["state"]))
        after = await _after(tx, clue, request, move)
        await _record(tx, clue, request, move, after=after, now_ms=now_ms)
    return str(after["state"])


async def _after(tx: Transaction, clue: Row, request: Request, move: Move) -> Row:
    """The clue as it will be.

    Raises:
        BadMove: what ``detail`` names is not there, or not in the unit.
    """
    after = dict(clue) | {"state": move.to or clue["state"]}
    detail = request.detail.strip()
    if move.detail == "outcome" and detail not in OUTCOMES:
        raise BadMove("outcome_missing")
    if move.detail == "officer":
        if not await tx.row("clues_officer", officer_id=detail, unit_id=clue["unit_id"]):
            raise BadMove("unknown_officer")
        after["assignee"] = detail
    elif move.detail == "alert":
        if not await tx.row("clues_alert", alert_id=detail, unit_id=clue["unit_id"]):
            raise BadMove("unknown_alert")
        after["alert_id"] = detail
    elif move.detail == "party":
        found = await tx.row("clues_match", uscc=detail, unit_id=clue["unit_id"])
        if found is None or not found["party_id"]:
            raise BadMove("unknown_party")
        after |= {"party_id": found["party_id"], "site_id": found["site_id"]}
    return after


async def _record(
    tx: Transaction, clue: Row, request: Request, move: Move, *, after: Row, now_ms: int
) -> None:
    clue_id, ground, detail = request.clue_id, request.ground.strip(), request.detail.strip()
    await tx.execute(
        "clues_change", clue_id=clue_id, now_ms=now_ms,
        **{name: after[name] for name in ("state", "assignee", "alert_id", "party_id", "site_id")},
    )  # fmt: skip
    event_id = digest_id(clue_id, move.recorded, str(now_ms), request.actor, detail, ground)
    await tx.execute(
        "clues_add_event", event_id=event_id, clue_id=clue_id, at_ms=now_ms, actor=request.actor,
        action=move.recorded, from_state=clue["state"], to_state=after["state"], ground=ground,
        detail=detail,
    )  # fmt: skip
    leaf = {"clue_id": clue_id, "event_id": event_id, "action": move.recorded, "detail": detail,
            "officer": request.actor, "from": clue["state"], "to": after["state"],
            "ground_sha256": hashlib.sha256(ground.encode()).hexdigest()}  # fmt: skip
    await log(tx, Leaf(kind=Kind.CLUE, subject=clue_id, at_ms=now_ms, body=leaf))
    await apply(tx, *(met(kind, clue_id, at_ms=now_ms, by=request.actor) for kind in move.meets))
    if move.to in ("answered", "returned"):
        await _send_back(tx, after, request, now_ms=now_ms)


async def _send_back(tx: Transaction, clue: Row, request: Request, *, now_ms: int) -> None:
    kind = "result" if request.action == "answer" else "returned"
    message_id = f"{request.clue_id}-{kind}"
    data = Result(
        platform_id=clue["platform_id"], clue_id=request.clue_id,
        outcome=request.detail.strip() if kind == "result" else "returned",
        words=request.ground.strip(), alert_id=clue["alert_id"], answered=iso(now_ms),
    )  # fmt: skip
    await tx.execute(
        "clues_send", message_id=message_id, clue_id=request.clue_id, platform=clue["platform"],
        kind=kind, body=message(kind, message_id, iso(now_ms), data), now_ms=now_ms,
    )  # fmt: skip
