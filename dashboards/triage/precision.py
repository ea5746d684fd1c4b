"""Owns how far each rule was right by its officers' verdicts, and what that suggests (OFF-7).

It suggests; whoever answers for the catalogue decides. A finding that was real but put right, or
minor, speaks for the rule: only what did not happen, or breaks nothing, speaks against it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from dashboards.triage.access_door import require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import Site, TheSite
from dashboards.triage.wilson import Share
from pipelines.access.policy import Action

router = APIRouter(include_in_schema=False)

ENOUGH = 20
"""After so many verdicts a rule below its gate is suggested for the lower tier."""
GATES = {"breach": 80, "warning": 50, "lead": 50, "device": 50}
"""Percent that officers find right: what goes first, and what is for review (our own choice)."""
DAY_MS = 86_400_000


class RulePrecision(BaseModel):
    """One version of a rule. Percentages; ``low`` and ``high``: Wilson's 95 % interval.

    ``suggestion``: ``""``, ``demote`` (the whole interval lies below the gate), or ``watch`` (the
    share does, the interval does not yet).
    """

    rule_id: str
    rule_version: str
    title_zh: str
    title_en: str
    kind: str
    n: int
    right: int
    confirmed: int
    false_detection: int
    sensor_fault: int
    percent: int
    low: int
    high: int
    gate: int
    suggestion: str


async def precision_of(site: Site, unit_id: str, *, days: int) -> list[RulePrecision]:
    """Every rule that was decided upon in the last days, the most decided first."""
    since_ms = site.clock() - days * DAY_MS
    rows = await site.database.rows("queue_precision", unit_id=unit_id, since_ms=since_ms)
    found = []
    for row in rows:
        entry = site.rules.by_key(f"{row['rule_id']}@{row['rule_version']}")
        kind = entry.kind_of_finding if entry else "lead"
        share = Share(k=row["right"], n=row["n"])
        said = {name: row[name] for name in RulePrecision.model_fields if name in row}
        found.append(
            RulePrecision(
                **said,
                title_zh=entry.title.zh if entry else row["rule_id"],
                title_en=entry.title.en if entry else row["rule_id"],
                kind=kind,
                percent=share.percent,
                low=share.low,
                high=share.high,
                gate=GATES[kind],
                suggestion=suggested(share, GATES[kind]),
            )
        )
    return found


def suggested(share: Share, gate: int) -> str:
    """What the verdicts so far suggest of a rule."""
    if share.n < ENOUGH or share.percent >= gate:
        return ""
    return "demote" if share.high < gate else "watch"


@router.get("/verdicts")
async def show(
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    days: Annotated[int, Query(ge=1, le=3660)] = 365,
) -> HTMLResponse:
    """The table of verdicts per rule."""
    unit_id = require_unit(officer, Action.LIST, "alert")
    rules = await precision_of(site, unit_id, days=days)
    return page(request, "verdicts.html", officer=officer, rules=rules, days=days, enough=ENOUGH)
