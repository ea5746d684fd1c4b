"""Owns which clocks a fault file runs: review and appeal (art. 19), circulation (art. 20)."""

from __future__ import annotations

from pipelines.accountability.fold import Entry, Standing
from pipelines.accountability.separation import File
from pipelines.clocks.keep import ended, met, started
from pipelines.stage import Save

CIRCULATION, REVIEW = "fault_circulation", "fault_review"


def clocks_of(file: File, standing: Standing, entry: Entry) -> list[Save]:
    """What an entry starts or meets."""
    by, at_ms, fault_id = entry.by_officer, entry.at_ms, file.fault_id
    if entry.act == "decide" and standing.sanction_ms is not None:
        return [_begin(CIRCULATION, file, at_ms, holder=by)]
    if entry.act == "circulate":
        return [met(CIRCULATION, fault_id, at_ms=at_ms, by=by)]
    if entry.act == "ask_review":
        return [_begin(REVIEW, file, at_ms)]
    if entry.act == "reply":
        effects = [met(REVIEW, fault_id, at_ms=at_ms, by=by)]
        if entry.body["result"] == "lifted":
            effects.append(ended(CIRCULATION, fault_id, at_ms=at_ms, by=by, ground="lifted"))
        return effects
    return []


def _begin(kind: str, file: File, at_ms: int, holder: str = "") -> Save:
    return started(
        kind, "fault", file.fault_id, at_ms=at_ms, unit_id=file.deciding_unit, holder=holder
    )
