"""Owns the life of an alert: its states, the moves between them, and who may make each. Pure.

One table for code and docs (ARCHITECTURE.md, "The life of an alert", is compared with it).
Whether a role may make a move in a unit is the policy's (``pipelines/access``); here is whether
the move exists at all from a state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["sealing", "held", "open", "acknowledged", "reminded", "confirmed", "dismissed"]
STATES: tuple[State, ...] = (
    "sealing",  # evidence is being pinned; nobody sees it yet
    "held",  # sealed, and kept from the queue for a named reason (``alerts.held_by``)
    "open",  # waits for an officer
    "acknowledged",  # an officer has taken it on (``alerts.assignee``)
    "reminded",  # the party was told to put it right first, before a clock
    "confirmed",  # an officer found a breach; the gate decides whether it becomes a case
    "dismissed",  # an officer found none, with a reason
)
WAITING: tuple[State, ...] = ("open", "acknowledged", "reminded")

By = Literal["vigil", "officer", "leader"]
"""Who moves: the pipeline itself; whoever may decide the alert; only a leader, who may overrule."""

REASON_CODES = (
    "benign_trigger",  # it happened as seen, and breaks nothing
    "sensor_fault",
    "false_detection",  # it did not happen as seen
    "duplicate",
    "corrected_on_the_spot",
    "corrected_when_reminded",
    "minor_first_time",  # 行政处罚法 art. 33
    "other",
)
HELD_BY = (
    "inhibited",  # another alert explains it: the camera is down, the gateway is silent
    "silenced",  # somebody silenced this, with a reason and an end
    "flapping",  # it came and went too often; the first of them is before the officers
    "folded",  # the same finding of the same thing is before the officers already
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One allowed step.

    Attributes:
        states: from which it may be made.
        to: the state after it; ``None`` leaves the state as it is.
        recorded: the action's name in the audit trail.
        by: who may.
        verdict: whether the other stages are told.
        needs_ground: words are required.
        needs_reason: a code of ``REASON_CODES`` is required.
    """

    states: tuple[State, ...]
    to: State | None
    recorded: str
    by: By = "officer"
    verdict: bool = False
    needs_ground: bool = False
    needs_reason: bool = False


MOVES: dict[str, Move] = {
    "seal": Move(states=("sealing",), to="open", recorded="sealed", by="vigil"),
    "hold": Move(states=("sealing",), to="held", recorded="held", by="vigil"),
    "let_go": Move(states=("held",), to="open", recorded="let_go", by="vigil"),
    "acknowledge": Move(states=("open",), to="acknowledged", recorded="acknowledged"),
    "hand_back": Move(states=("acknowledged",), to="open", recorded="handed_back"),
    "take_up": Move(states=("held",), to="acknowledged", recorded="taken_up"),
    "remind": Move(
        states=("open", "acknowledged"), to="reminded", recorded="reminded", needs_ground=True
    ),
    "confirm": Move(
        states=WAITING, to="confirmed", recorded="confirmed", verdict=True, needs_ground=True
    ),
    "dismiss": Move(
        states=(*WAITING, "held"), to="dismissed", recorded="dismissed", verdict=True,
        needs_ground=True, needs_reason=True,
    ),
    "assign": Move(states=WAITING, to=None, recorded="assigned"),
    "unsure": Move(states=WAITING, to=None, recorded="unsure", needs_ground=True),
    "reopen": Move(
        states=("dismissed",), to="open", recorded="reopened", by="leader", verdict=True,
        needs_ground=True,
    ),
}  # fmt: skip


def allowed(state: str, by: By = "officer") -> tuple[str, ...]:
    """The moves that one may make from a state; a leader may also make an officer's."""
    mine = {"vigil": ("vigil",), "officer": ("officer",), "leader": ("officer", "leader")}[by]
    return tuple(name for name, move in MOVES.items() if state in move.states and move.by in mine)
