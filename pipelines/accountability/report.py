"""Owns the report on how duties were done, by officer (OFF-21). Pure; figures, no grade."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

import msgspec

from pipelines.accountability.facts import Fact
from pipelines.accountability.lead import Lead
from pipelines.accountability.observed import Matter, Observed
from pipelines.accountability.omission import VERDICTS
from pipelines.clocks.ledger import Duty


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One officer's period; empty ``officer_id``: what is the unit's and nobody's in particular.

    Attributes:
        in_time, overdue, skipped: steps of the duty ledger, as ``kind:id:step``; overdue are those
            done too late or not at all, skipped those that a later step was taken without.
        overruled: ids of objections of theirs that a superior overruled.
        open_now: ids of alerts that they hold.
        reopened: ids of alerts that they dismissed and a leader reopened.
        take_on_ms, decide_ms: medians from the finding to taking on, from taking on to the verdict;
            None: none.
    """

    officer_id: str
    in_time: tuple[str, ...]
    overdue: tuple[str, ...]
    skipped: tuple[str, ...]
    overruled: tuple[str, ...]
    open_now: tuple[str, ...]
    reopened: tuple[str, ...]
    decided: int
    dismissed: int
    take_on_ms: float | None
    decide_ms: float | None
    leads: int

    def flat(self) -> dict[str, Any]:
        """Counts in place of ids, for tables."""
        return {
            name: len(value) if isinstance(value, tuple) else value
            for name, value in msgspec.structs.asdict(self).items()
        }


def report(observed: Observed, found: Iterable[Lead]) -> list[Row]:
    """A row for each officer of the unit, by id; last what is nobody's in particular."""
    leads = list(found)
    return [_row(observed, who, leads) for who in (*sorted(observed.officers), "")]


def _row(observed: Observed, who: str, leads: list[Lead]) -> Row:
    mine = [d for d in observed.duties if _whose(observed, d) == who]
    verdicts = [(m, f) for m in observed.matters for f in m.acts(*VERDICTS) if f.actor == who]
    taken = [(m, f) for m in observed.matters for f in m.acts("acknowledged") if f.actor == who]
    return Row(
        officer_id=who,
        in_time=_steps(mine, "done"),
        overdue=_steps(mine, "overdue", "done_late"),
        skipped=_steps(mine, "skipped"),
        overruled=tuple(one for one, officer, _, _ in observed.overruled if officer == who),
        open_now=_held(observed, who),
        reopened=tuple(sorted({m.alert_id for m, f in verdicts if _reopened(m, f)})),
        decided=len(verdicts),
        dismissed=sum(f.action == "dismissed" for _, f in verdicts),
        take_on_ms=_median(f.at_ms - m.detected_ms for m, f in taken),
        decide_ms=_median(f.at_ms - at for m, f in verdicts if (at := _taken_ms(m, f)) is not None),
        leads=sum(lead.officer_id == who for lead in leads),
    )


def _held(observed: Observed, who: str) -> tuple[str, ...]:
    if not who:
        return tuple(m.alert_id for m in observed.matters if m.state == "open")
    return tuple(
        m.alert_id for m in observed.matters
        if m.state in ("acknowledged", "reminded") and m.assignee == who
    )  # fmt: skip


def _whose(observed: Observed, duty: Duty) -> str:
    """Who did it; of a skipped one who went on without it; else whose it was; "party": nobody's."""
    done = duty.by if duty.state in ("done", "done_late") else ""
    for who in (duty.over_by if duty.state == "skipped" else done, duty.holder):
        if who in observed.officers or who == "party":
            return who
    return ""


def _steps(duties: list[Duty], *states: str) -> tuple[str, ...]:
    return tuple(f"{d.subject_kind}:{d.subject_id}:{d.step}" for d in duties if d.state in states)


def _reopened(matter: Matter, verdict: Fact) -> bool:
    later = [f for f in matter.acts("reopened") if f.at_ms >= verdict.at_ms]
    return verdict.action == "dismissed" and bool(later)


def _taken_ms(matter: Matter, verdict: Fact) -> int | None:
    taken = [
        f.at_ms for f in matter.acts("acknowledged", "taken_up")
        if f.actor == verdict.actor and f.at_ms <= verdict.at_ms
    ]  # fmt: skip
    return taken[-1] if taken else None


def _median(values: Iterable[int]) -> float | None:
    found = [value for value in values if value >= 0]
    return float(median(found)) if found else None
