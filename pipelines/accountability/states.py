"""Owns the life of a fault file: its states, the acts that may be done in each, and by whom. Pure.

One table for code and docs. Who counts as concerned and which unit decides is ``standing.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["open", "told", "decided", "dropped", "in_review", "replied", "closed"]
STATES: tuple[State, ...] = (
    "open",  # facts, elements and findings are gathered
    "told",  # those concerned know of it and may state their case (art. 19)
    "decided",  # a person decided outcomes, with grounds (art. 17, 18)
    "dropped",  # a person decided that nobody is held responsible (art. 6, 8, 9)
    "in_review",  # somebody concerned asked for review or appealed (art. 19)
    "replied",  # and was told the result
    "closed",
)
By = Literal["investigator", "concerned", "decider", "second"]
"""``investigator``: a leader of the deciding unit who is not concerned. ``decider``: the same, and
not who opened it. ``second``: a leader who neither opened nor decided, of the unit above where
there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One allowed act; ``to`` None leaves the state. ``article`` of the regulation."""

    states: tuple[State, ...]
    to: State | None
    by: By
    article: str


GATHERING: tuple[State, ...] = ("open", "told")
DONE: tuple[State, ...] = ("decided", "replied")
ACTS: dict[str, Act] = {
    "name": Act(states=GATHERING, to=None, by="investigator", article="10"),
    "element": Act(states=GATHERING, to=None, by="investigator", article="6"),
    "finding": Act(states=GATHERING, to=None, by="investigator", article="11"),
    "ground": Act(states=GATHERING, to=None, by="investigator", article="8, 9, 14, 15"),
    "opinion": Act(states=GATHERING, to=None, by="investigator", article="16"),
    "tell": Act(states=("open",), to="told", by="investigator", article="19"),
    "statement": Act(states=("told",), to=None, by="concerned", article="19"),
    "answer": Act(states=("told",), to=None, by="investigator", article="19"),
    "propose": Act(states=GATHERING, to=None, by="investigator", article="10, 11"),
    "decide": Act(states=("told",), to="decided", by="decider", article="17, 18"),
    "drop": Act(states=GATHERING, to="dropped", by="decider", article="6, 8, 9"),
    "ask_review": Act(states=("decided",), to="in_review", by="concerned", article="19"),
    "reply": Act(states=("in_review",), to="replied", by="second", article="19"),
    "circulate": Act(states=DONE, to=None, by="investigator", article="20"),
    "refer": Act(states=DONE, to=None, by="investigator", article="20"),
    "clarify": Act(states=("open", "told", "dropped"), to=None, by="investigator", article="21"),
    "close": Act(states=("decided", "dropped", "replied"), to="closed", by="investigator",
                 article="18"),
}  # fmt: skip


def allowed(state: str) -> tuple[str, ...]:
    """The acts of a state, whoever may do them."""
    return tuple(name for name, act in ACTS.items() if state in act.states)
