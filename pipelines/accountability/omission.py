"""Owns the detectors of art. 12: duties perhaps not performed. Pure; each gives leads only."""

from __future__ import annotations

from pipelines.accountability.facts import Fact
from pipelines.accountability.lead import Lead
from pipelines.accountability.observed import Clock, Matter, Observed

HOUR_MS = 3_600_000
HASTY_MS = 20_000
"""A verdict so soon after taking on, by somebody who saw neither clip nor readings: no time to
have looked. An engineering default."""
HANDED_TIMES = 3
"""So often handed back or passed on without a verdict; an engineering default."""
COMPLAINTS = ("clue_receipt", "clue_result", "objection")
VERDICTS = ("confirmed", "dismissed")


def overdue_complaint(observed: Observed) -> list[Lead]:
    """Art. 12 (1): a clue or objection not answered, or not in time."""
    return [
        _of_clock("overdue_complaint", "12.1", clock, observed.now_ms)
        for clock in observed.clocks
        if clock.kind in COMPLAINTS and clock.late and not clock.by_party
    ]


def unprocessed(observed: Observed) -> list[Lead]:
    """Art. 12 (2): nobody has taken a step though the time for the first one is over."""
    late = {c.alert_id: c for c in observed.clocks if c.kind == "take_on" and c.state == "breached"}
    found = []
    for matter in observed.matters:
        clock = late.get(matter.alert_id)
        if clock is not None and matter.state == "open" and not matter.acts("acknowledged"):
            found.append(_of_clock("unprocessed", "12.2", clock, observed.now_ms))
    return found


def hasty_verdict(observed: Observed) -> list[Lead]:
    """Art. 12 (3): decided within seconds by somebody who looked at nothing: perhaps ticked."""
    found = []
    for matter in observed.matters:
        for verdict in matter.acts(*VERDICTS):
            taken = _before(matter, verdict)
            seen_ms = matter.looked_ms.get(verdict.actor)
            if taken is None or (seen_ms is not None and seen_ms <= verdict.at_ms):
                continue
            took_ms = verdict.at_ms - taken.at_ms
            if 0 <= took_ms < HASTY_MS:
                found.append(
                    Lead(
                        code="hasty_verdict", article="12.3", subject_kind="alert",
                        subject_id=matter.alert_id, officer_id=verdict.actor, at_ms=verdict.at_ms,
                        facts=(taken.fact_id, verdict.fact_id),
                        measured={"seconds": took_ms / 1000, "limit_s": HASTY_MS // 1000,
                                  "looks": 0},
                    )
                )  # fmt: skip
    return found


def unrecorded_visit(observed: Observed) -> list[Lead]:
    """Art. 12 (3): an act that must be recorded, and no recording of it: perhaps it never was."""
    return [
        Lead(
            code="unrecorded_visit", article="12.3", subject_kind="act", subject_id=visit.act_id,
            officer_id=who, at_ms=visit.start_ms, facts=(f"act:{visit.act_id}",),
            measured={"kind": visit.kind, "records": len(visit.records)},
        )
        for visit in observed.visits
        if visit.fault == "unrecorded"
        for who in visit.officers
    ]  # fmt: skip


def missed_inspection(observed: Observed) -> list[Lead]:
    """Art. 12 (3): a half-yearly check that was drawn and not made by its day (AV-32)."""
    return [
        Lead(
            code="missed_inspection", article="12.3", subject_kind="check",
            subject_id=check.check_id, officer_id=check.drawn_by, at_ms=check.due_ms,
            facts=(f"check:{check.check_id}",),
            measured={"subject": check.subject, "answered": int(check.answered_ms is not None)},
        )
        for check in observed.checks
        if check.due_ms < (check.answered_ms or observed.now_ms)
    ]  # fmt: skip


def unenforced_decision(observed: Observed) -> list[Lead]:
    """Art. 12 (4): a fine is due and not paid: it is to be enforced or brought to court."""
    return [
        _of_clock("unenforced_decision", "12.4", clock, observed.now_ms)
        for clock in observed.clocks
        if clock.kind == "payment" and clock.state == "breached"
    ]


def shirking(observed: Observed) -> list[Lead]:
    """Art. 12 (5): handed back again and again before anybody decided."""
    found = []
    for matter in observed.matters:
        handed = matter.acts("handed_back")
        if len(handed) < HANDED_TIMES:
            continue
        for who in sorted({fact.actor for fact in handed}):
            mine = [fact for fact in handed if fact.actor == who]
            found.append(
                Lead(
                    code="shirking", article="12.5", subject_kind="alert",
                    subject_id=matter.alert_id, officer_id=who, at_ms=mine[-1].at_ms,
                    facts=tuple(fact.fact_id for fact in mine),
                    measured={"handed_back": len(handed), "by_this_officer": len(mine)},
                )
            )  # fmt: skip
    return found


def _before(matter: Matter, verdict: Fact) -> Fact | None:
    """The same officer's newest taking on before a verdict."""
    taken = [
        fact for fact in matter.acts("acknowledged", "taken_up")
        if fact.actor == verdict.actor and fact.at_ms <= verdict.at_ms
    ]  # fmt: skip
    return taken[-1] if taken else None


def _of_clock(code: str, article: str, clock: Clock, now_ms: int) -> Lead:
    end_ms = clock.met_ms if clock.met_ms is not None else now_ms
    late_h = round(max(0, end_ms - clock.due_ms) / HOUR_MS, 1)
    return Lead(
        code=code, article=article, subject_kind=clock.subject_kind, subject_id=clock.subject_id,
        officer_id=clock.officer_id, at_ms=clock.due_ms, facts=(f"clock:{clock.clock_id}",),
        measured={"clock": clock.kind, "late_hours": late_h},
    )  # fmt: skip
