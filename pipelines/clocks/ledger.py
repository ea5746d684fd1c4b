"""Owns the duty ledger: every clue known and not acted on, every step skipped (OFF-21).

Read from appended events only and judged as at the end of the period, so that it can be drawn up
again at any time and says the same. Accuses nobody: it says what the record holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pipelines.clocks.due import due
from pipelines.clocks.keep import spans, terms_of
from pipelines.clocks.kinds import in_force
from pipelines.clocks.steps import Fact, Found, State, Time, expected, state_of
from pipelines.store import Database
from pipelines.store.database import Row


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one subject, once.

    Attributes:
        subject_kind: ``alert``, ``case``, ``clue``, or whatever has clocks.
        step: its name in ``steps.toml``; ``clock`` the kind that says by when, or empty.
        since_ms: when it was called for; ``due_ms`` by when; None where no time is set.
        state: one of ``steps.STATES``, as at the end of the period.
        done_ms, by: when and by whom it was done; of a dropped one, what dropped it.
        holder: whose step it was at the period's end: an officer, ``party``; empty: the unit's.
        over: of a skipped one, the later step that was taken without it; ``over_by`` by whom.
        basis: the regulation's row.
    """

    subject_kind: str
    subject_id: str
    alert_id: str
    party_id: str
    site_id: str
    unit_id: str
    step: str
    title_zh: str
    title_en: str
    clock: str
    since_ms: int
    due_ms: int | None
    state: State
    done_ms: int | None
    by: str
    ground: str
    holder: str
    over: str
    over_ms: int | None
    over_by: str
    basis: str

    @property
    def missing(self) -> bool:
        """Not done in its time, or left out."""
        return self.state in ("overdue", "skipped")


async def ledger(
    database: Database, *, unit_id: str, from_ms: int, to_ms: int
) -> list[Duty]:  # fmt: skip
    """What was to be done in a period, and what became of it.

    Args:
        unit_id: empty for every unit.
        from_ms: steps done or dropped before it are left out.
        to_ms: judged as at that moment; what happened later is not looked at.

    Returns:
        By subject; overdue and skipped ones are not put first: sort as needed.
    """
    period = {"unit_id": unit_id, "from_ms": from_ms, "to_ms": to_ms}
    async with database.transaction() as tx:
        subjects = await tx.rows("ledger_subjects", **period)
        keys = [f"{s['subject_kind']}:{s['subject_id']}" for s in subjects]
        told = await tx.rows("ledger_facts", subjects=keys, to_ms=to_ms)
        clocks = await tx.rows("ledger_clocks", subjects=keys, to_ms=to_ms)
    facts = defaultdict[str, list[Fact]](list)
    for row in told:
        facts[row["subject"]].append(
            Fact(at_ms=row["at_ms"], name=row["name"], by=row["actor"], ground=row["ground"])
        )
    running = defaultdict[str, list[Row]](list)
    for row in clocks:
        running[row["subject"]].append(row)
    return [
        duty
        for subject, key in zip(subjects, keys, strict=True)
        for duty in duties_of(subject, facts[key], running[key], to_ms=to_ms)
        if duty.done_ms is None or duty.done_ms >= from_ms
    ]


def duties_of(
    subject: Row, facts: Sequence[Fact], clocks: Sequence[Row], *, to_ms: int
) -> Iterator[Duty]:
    """The steps of one subject. Pure.

    Args:
        subject: a row of ``ledger_subjects``; ``clocks`` rows of ``ledger_clocks``.
    """
    holder = next((f.by for f in sorted(facts, reverse=True) if f.name in _TAKING), "")
    for found in expected(str(subject["subject_kind"]), facts):
        time = _time(found, clocks, to_ms)
        state = state_of(found, time, to_ms)
        end = found.done or found.dropped or time.ended
        yield Duty(
            **{name: str(subject[name]) for name in _PLACE},
            step=found.step.name, title_zh=found.step.title.zh, title_en=found.step.title.en,
            clock=found.step.clock, since_ms=found.since_ms, due_ms=time.due_ms, state=state,
            done_ms=end.at_ms if end else None, by=end.by if end else "",
            ground=end.ground if end else "", holder=found.step.held_by or holder,
            over=found.over.name if found.over else "",
            over_ms=found.over.at_ms if found.over else None,
            over_by=found.over.by if found.over else "", basis=found.step.basis,
        )  # fmt: skip


_PLACE = ("subject_kind", "subject_id", "alert_id", "party_id", "site_id", "unit_id")
_TAKING = frozenset({"acknowledged", "taken_up", "assigned"})


def _time(found: Found, clocks: Sequence[Row], to_ms: int) -> Time:
    """By when: as the clock of that time said, else as its kind would have."""
    name = found.step.clock
    if not name:
        return Time()
    until_ms = found.done.at_ms if found.done else to_ms
    mine = [c for c in clocks if c["kind"] == name and c["started_ms"] <= until_ms]
    near = [c for c in mine if c["started_ms"] >= found.since_ms - _SLACK_MS]
    clock = near[0] if near else None
    if clock is None:
        try:
            return Time(due_ms=due(in_force().at(name, found.since_ms), found.since_ms))
        except KeyError:
            return Time()
    events: list[dict[str, Any]] = clock["events"] or []
    last = events[-1] if events else None
    if last and last["action"] == "ended":
        words = Fact(at_ms=last["at_ms"], name="ended", by=last["actor"], ground=last["ground"])
        return Time(due_ms=_due_then(clock, events), ended=words)
    return Time(due_ms=_due_then(clock, events), paused=bool(last and last["action"] == "paused"))


_SLACK_MS = 60_000
"""A clock may begin a moment before the fact that calls for its step is written."""


def _due_then(clock: Row, events: list[dict[str, Any]]) -> int:
    """The end as it stood at the period's end: from the terms and the pauses until then."""
    if clock["given"]:
        return int(clock["due_ms"])
    pauses = spans(e for e in events if e["action"] in ("paused", "resumed"))
    return due(terms_of(clock), int(clock["started_ms"]), pauses)
