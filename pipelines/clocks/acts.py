"""Owns what a leader may do with a clock by hand: let it stand still, go on, take note, end it.

Whether somebody is a leader is the policy's; here is whether the clock allows it.
"""

from __future__ import annotations

from typing import Literal

from detectors.types import digest_id
from pipelines.clocks.keep import apply, ended, paused, resumed, terms_of
from pipelines.store import Database

GROUND_LIMIT = 2000
Act = Literal["pause", "resume", "end"]


class NoSuchClock(Exception):
    """There is no clock of this id."""


class NotPossible(Exception):
    """The clock does not allow it now; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def act(
    database: Database, clock_id: str, what: Act, *, by: str, reason_code: str = "",
    ground: str, now_ms: int,
) -> str:  # fmt: skip
    """Does it, and returns the clock's state after it.

    Raises:
        NoSuchClock: unknown.
        NotPossible: ``ground_missing``, ``ground_too_long``, ``reason_not_allowed``, ``given`` (the
            end is somebody else's), ``not_running``, ``not_paused``, ``over`` (past the end).
    """
    if not ground.strip():
        raise NotPossible("ground_missing")
    if len(ground) > GROUND_LIMIT:
        raise NotPossible("ground_too_long")
    async with database.transaction() as tx:
        row = await tx.row("clocks_one", clock_id=clock_id)
        if row is None:
            raise NoSuchClock(clock_id)
        kind, subject, words = str(row["kind"]), str(row["subject_id"]), ground.strip()
        if what == "pause":
            _pausable(row, reason_code, now_ms)
            effect = paused(
                kind, subject, at_ms=now_ms, by=by, reason_code=reason_code, ground=words
            )
        elif what == "resume":
            if row["state"] != "paused":
                raise NotPossible("not_paused")
            effect = resumed(kind, subject, at_ms=now_ms, by=by, ground=words)
        else:
            if row["state"] not in ("running", "paused", "breached"):
                raise NotPossible("over")
            effect = ended(kind, subject, at_ms=now_ms, by=by, ground=words)
        if not await apply(tx, effect):
            raise NotPossible("over")
        after = await tx.row("clocks_one", clock_id=clock_id)
    return str(after["state"]) if after else ""


async def hear(database: Database, clock_id: str, *, by: str, ground: str, now_ms: int) -> bool:
    """A leader has taken note of a breach: nobody is called any more. False when done before."""
    event_id = digest_id("clock", clock_id, "heard")
    done = await database.execute(
        "clocks_hear", clock_id=clock_id, by=by, ground=ground.strip()[:GROUND_LIMIT],
        at_ms=now_ms, event_id=event_id,
    )  # fmt: skip
    return done == 1


def _pausable(row: dict[str, object], reason_code: str, now_ms: int) -> None:
    due_ms = row["due_ms"]
    if row["given"]:
        raise NotPossible("given")
    if row["state"] != "running":
        raise NotPossible("not_running")
    if reason_code not in terms_of(row).pause:
        raise NotPossible("reason_not_allowed")
    if isinstance(due_ms, int) and now_ms > due_ms:
        raise NotPossible("over")
