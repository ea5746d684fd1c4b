"""Owns the queue page: what waits for an officer, the riskiest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboards.triage.pages import page
from dashboards.triage.record import entry_of
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import Site, TheSite
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


async def queue_rows(site: Site, filters: Filters, limit: int = MOST_ROWS) -> list[Row]:
    """Alerts by risk, then the newest; each with its catalogue ``entry`` (or None)."""
    rows = await site.database.rows(
        "triage_queue",
        state=filters.state,
        severity=filters.severity,
        site=filters.site,
        limit=limit,
    )
    return [row | {"entry": entry_of(site.rules, row)} for row in rows]


@router.get("/")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, filters: TheFilters
) -> HTMLResponse:
    """The queue."""
    sites = await site.database.rows("triage_sites")
    context = await _context(site, filters)
    return page(request, "queue.html", officer=officer, sites=sites, **context)


@router.get("/queue/rows")
async def refresh(
    request: Request, site: TheSite, officer: TheOfficer, filters: TheFilters
) -> HTMLResponse:
    """Only the part that changes, for htmx."""
    return page(request, "queue_rows.html", officer=officer, **await _context(site, filters))


async def _context(site: Site, filters: Filters) -> dict[str, Any]:
    rows = await queue_rows(site, filters)
    counts = await site.database.rows("triage_counts")
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
