"""Owns how a clock is started, met, paused, resumed and ended: effects, each doing it once.

A stage puts them among its effects; in a transaction of one's own it is ``await apply(tx, ...)``.
Times are those of what happened, never the wall clock. Must not judge whether a step was done well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from detectors.types import digest_id
from pipelines.clocks.due import Pause, due, next_ms
from pipelines.clocks.kinds import Terms, in_force
from pipelines.evidence.canonical import canonical
from pipelines.stage import Save
from pipelines.store import Transaction

ACTOR = "vigil"


def started(
    kind: str, subject_kind: str, subject_id: str, *, at_ms: int, party_id: str = "",
    site_id: str = "", alert_id: str = "", unit_id: str = "", holder: str = "", due_ms: int = 0,
) -> Save:  # fmt: skip
    """A clock begins. Twice is once; after it was met or ended, a later start is a new round.

    Args:
        subject_kind: ``alert``, ``case``, ``clue``, ``notice``, ...; of an alert, ``alert_id`` may
            be left out.
        site_id, party_id, unit_id: filled in from the alert and the site where left out.
        holder: the officer whose step it is; empty: whoever is the alert's or clue's assignee.
        due_ms: where somebody else set the end, such as the platform; no pause moves it. 0: by
            the kind.

    Raises:
        KeyError: no such kind was in force at that time.
    """
    terms = in_force().at(kind, at_ms)
    end_ms = due_ms or due(terms, at_ms)
    return Save(
        "clocks_start",
        {
            "clock_id": digest_id("clock", kind, subject_id, str(at_ms)),
            **_said("started", kind, subject_id, at_ms),
            "version": terms.version,
            "terms_id": terms_id(terms),
            "terms": msgspec.to_builtins(terms),
            "subject_kind": subject_kind,
            "party_id": party_id,
            "site_id": site_id,
            "unit_id": unit_id,
            "alert_id": alert_id or (subject_id if subject_kind == "alert" else ""),
            "holder": holder,
            "due_ms": end_ms,
            "given": bool(due_ms),
            "next_ms": next_ms(terms, at_ms, end_ms, at_ms),
        },
    )


def met(kind: str, subject_id: str, *, at_ms: int, by: str = ACTOR, ground: str = "") -> Save:
    """The step was done; late when after the end. Its clock may be heard of later."""
    said = _said("met", kind, subject_id, at_ms, by=by, ground=ground)
    return Save("clocks_finish", said)


def ended(kind: str, subject_id: str, *, at_ms: int, by: str = ACTOR, ground: str) -> Save:
    """The step is no longer called for; the ground says why."""
    said = _said("ended", kind, subject_id, at_ms, by=by, ground=ground)
    return Save("clocks_finish", said)


def paused(
    kind: str, subject_id: str, *, at_ms: int, by: str, reason_code: str, ground: str = ""
) -> Save:
    """It stands still, for a reason that its kind allows; else, or if it does not run, nothing."""
    said = _said("paused", kind, subject_id, at_ms, by=by, ground=ground)
    return Save("clocks_pause", {**said, "reason_code": reason_code})


def resumed(kind: str, subject_id: str, *, at_ms: int, by: str, ground: str = "") -> Save:
    """It runs again. The end is counted anew: at once by ``apply``, else within seconds."""
    return Save("clocks_resume", _said("resumed", kind, subject_id, at_ms, by=by, ground=ground))


async def apply(tx: Transaction, *effects: Save) -> int:
    """Carries effects of this room out, in order; returns how many clocks they changed."""
    changed = 0
    for effect in effects:
        row = await tx.row(effect.statement, **effect.params)
        changed += int(row["changed"]) if row else 0
        if effect.statement == "clocks_resume":
            await recount(tx, kind=str(effect.params["kind"]), subject=effect.params["subject_id"])
    return changed


async def recount(tx: Transaction, *, kind: str = "", subject: object = "") -> int:
    """Counts the ends of resumed clocks anew, of one subject or all; returns how many."""
    rows = await tx.rows("clocks_to_recount", kind=kind, subject_id=subject)
    for row in rows:
        terms = terms_of(row)
        pauses = spans(row["pauses"])
        end_ms = due(terms, row["started_ms"], pauses)
        after_ms = max((p.to_ms for p in pauses), default=row["started_ms"])
        await tx.execute(
            "clocks_recounted", clock_id=row["clock_id"], due_ms=end_ms,
            next_ms=next_ms(terms, row["started_ms"], end_ms, after_ms),
        )  # fmt: skip
    return len(rows)


def terms_of(row: dict[str, Any]) -> Terms:
    """The terms that a row was stored with."""
    return msgspec.convert(row["terms"], Terms)


def terms_id(terms: Terms) -> str:
    """The digest that terms are stored under."""
    return digest_id("terms", canonical(msgspec.to_builtins(terms)).decode())


def spans(told: Iterable[dict[str, Any]]) -> list[Pause]:
    """Finished pauses, from the events ``paused`` and ``resumed`` in order of time."""
    found, since_ms = list[Pause](), -1
    for event in told:
        if event["action"] == "paused":
            since_ms = event["at_ms"]
        elif since_ms >= 0:
            found.append(Pause(since_ms, event["at_ms"]))
            since_ms = -1
    return found


def _said(
    action: str, kind: str, subject_id: str, at_ms: int, *, by: str = ACTOR, ground: str = ""
) -> dict[str, object]:
    return {
        "event_id": digest_id("clock", kind, subject_id, action, str(at_ms)),
        "action": action,
        "kind": kind,
        "subject_id": subject_id,
        "at_ms": at_ms,
        "actor": by,
        "ground": ground,
    }
