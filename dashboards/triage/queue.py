"""Owns the queue page: what waits for an officer, the riskiest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import may_in_unit, require_unit
from dashboards.triage.pages import page
from dashboards.triage.record import entry_of
from dashboards.triage.session import Officer, TheOfficer
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.store.database import Row

State = Literal["active", "open", "acknowledged", "confirmed", "dismissed", "all"]
Severity = Literal["", "critical", "high", "medium", "low"]
STATES: tuple[State, ...] = ("active", "open", "acknowledged", "confirmed", "dismissed", "all")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
MOST_ROWS = 200

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the officer wants to see."""

    state: State = "active"
    severity: Severity = ""
    site: str = ""

    @property
    def query(self) -> str:
        """The same filters as a query string."""
        return urlencode({"state": self.state, "severity": self.severity, "site": self.site})

    def plain(self) -> bool:
        """Whether these are the filters that one starts with."""
        return self == Filters()


async def filters_of(state: State = "active", severity: Severity = "", site: str = "") -> Filters:
    """Reads the filters from the address."""
    return Filters(state, severity, site[:64])


TheFilters = Annotated[Filters, Depends(filters_of)]


async def queue_rows(
    site: Site, officer: Officer, filters: Filters, limit: int = MOST_ROWS
) -> list[Row]:
    """The unit's alerts by risk, then the newest; each with its catalogue ``entry`` (or None).

    Raises:
        Refused: their role sees no alerts.
    """
    rows = await site.database.rows(
        "triage_queue",
        state=filters.state,
        severity=filters.severity,
        site=filters.site,
        unit_id=require_unit(officer, Action.LIST, "alert"),
        limit=limit,
    )
    return [row | {"entry": entry_of(site.rules, row)} for row in rows]


@router.get("/")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, filters: TheFilters
) -> Response:
    """The queue; who sees no alerts is shown how the system does."""
    if not may_in_unit(officer, Action.LIST, "alert"):
        return RedirectResponse("/health", status_code=303)
    unit_id = require_unit(officer, Action.LIST, "alert")
    sites = await site.database.rows("triage_sites", unit_id=unit_id)
    context = await _context(site, officer, filters)
    return page(request, "queue.html", officer=officer, sites=sites, **context)


@router.get("/queue/rows")
async def refresh(
    request: Request, site: TheSite, officer: TheOfficer, filters: TheFilters
) -> HTMLResponse:
    """Only the part that changes, for htmx."""
    return page(
        request, "queue_rows.html", officer=officer, **await _context(site, officer, filters)
    )


async def _context(site: Site, officer: Officer, filters: Filters) -> dict[str, Any]:
    rows = await queue_rows(site, officer, filters)
    unit_id = require_unit(officer, Action.LIST, "alert")
    counts = await site.database.rows("triage_counts", unit_id=unit_id)
    by_state = {s: sum(c["n"] for c in counts if c["state"] == s) for s in _counted(counts)}
    waiting = [c for c in counts if c["state"] in ("open", "acknowledged")]
    by_severity = {s: sum(c["n"] for c in waiting if c["severity"] == s) for s in SEVERITIES}
    return {
        "rows": rows,
        "by_state": by_state,
        "by_severity": by_severity,
        "filters": filters,
        "states": STATES,
        "severities": SEVERITIES,
        "most": MOST_ROWS,
    }


def _counted(counts: list[Row]) -> set[str]:
    return {"open", "acknowledged", "confirmed", "dismissed", "sealing"} | {
        str(c["state"]) for c in counts
    }
