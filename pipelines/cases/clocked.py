"""Owns which clocks a step of a case starts, meets and stops. Pure; the steps are data."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.cases.course import Told, alive, statuses
from pipelines.cases.types import Row
from pipelines.clocks.keep import ended, met, started
from pipelines.stage import Effect


def effects(case: Row, step: Told, known: Sequence[Told]) -> list[Effect]:
    """The clocks' effects; a step told late starts no clock that a known one has met already."""
    data = statuses()[step.status]
    here = alive(known, step)
    case_id = case["case_id"]
    begun = [
        started(
            kind, "case", case_id, at_ms=step.at_ms, party_id=case["party_id"],
            site_id=case["site_id"], alert_id=case["alert_id"],
        )
        for kind in data.started
        if not _stopped(kind, here)
    ]  # fmt: skip
    later = [
        met(kind, case_id, at_ms=one.at_ms)
        for kind in data.started
        for one in here
        if kind in statuses()[one.status].met
    ]
    done = [met(kind, case_id, at_ms=step.at_ms) for kind in data.met]
    over = [
        ended(kind, case_id, at_ms=step.at_ms, ground=f"case {step.status}")
        for kind in data.stopped
    ]
    return [*begun, *later, *done, *over]


def _stopped(kind: str, known: Sequence[Told]) -> bool:
    return any(kind in statuses()[one.status].stopped for one in known)
