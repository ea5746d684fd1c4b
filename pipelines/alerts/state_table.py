"""Owns the life of an alert as a table for readers: what ARCHITECTURE.md shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.alerts.life import Life, life
from pipelines.alerts.states import MOVES, STATES, Move, State

MEANING: dict[State, str] = {
    "sealing": "its evidence is being pinned; nobody sees it yet",
    "held": "sealed, and kept from the queue for a named reason",
    "open": "waits for an officer",
    "acknowledged": "an officer has taken it on",
    "reminded": "the party was told to put it right first, before a clock",
    "confirmed": "an officer found a breach; the gate decides whether it becomes a case",
    "dismissed": "an officer found none, with a reason",
}
HELD: dict[str, tuple[str, str]] = {
    "inhibited": (
        "another finding of the device explains it",
        "the other ended or was dismissed, and this one lasts",
    ),
    "silenced": (
        "a silence of the unit was in force when it was detected",
        "the silence ended, and this one lasts",
    ),
    "flapping": (
        "it came too often; the first of them went before the officers",
        "it stays bad for long",
    ),
    "folded": (
        "the same thing waits already, or was dismissed as false hours ago",
        "the other was decided, and this one lasts",
    ),
}
"""By reason, in the order in which they are asked: when it is held, and when it is let go."""


def markdown(rules: Life | None = None) -> str:
    """States, moves, what holds, and what a decision means for the next finding."""
    rules = rules or life()
    parts = (
        _table(("state", "what it means"), ((f"`{s}`", MEANING[s]) for s in STATES)),
        _table(("move", "from", "to", "who", "needs"), (_row(n, m) for n, m in MOVES.items())),
        _table(("held by", "when", "let go when"), ((f"`{r}`", *w) for r, w in HELD.items())),
        _table(
            ("decided", "the next finding of the same thing"),
            (
                (f"`{code}`", f"{_THEN[row.then]} for {_long(row.hours, row.days)}")
                for code, row in rules.decided.items()
            ),
        ),
    )
    return "\n\n".join(parts)


_THEN = {"fold": "is held (`folded`)", "recurs": "is a new alert that names it (`recurs`)"}


def _long(hours: float, days: float) -> str:
    return f"{hours:g} h" if hours else f"{days:g} days"


def _row(name: str, move: Move) -> tuple[str, ...]:
    needs = [word for word, needed in (("ground", move.needs_ground), ("reason", move.needs_reason))
             if needed]  # fmt: skip
    to = f"`{move.to}`" if move.to else "stays"
    return f"`{name}`", ", ".join(f"`{s}`" for s in move.states), to, move.by, ", ".join(needs)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
