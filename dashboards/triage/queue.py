"""Owns the queue page: what waits for an officer, the most pressing first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import may_in_unit, require_unit
from dashboards.triage.pages import language_of, page
from dashboards.triage.queue_filters import (
    SEVERITIES,
    SOON_MS,
    STATES,
    Filters,
    TheFilters,
)
from dashboards.triage.queue_read import (
    CURSOR,
    Counts,
    Cursor,
    counts_of,
    groups_of,
    page_of,
)
from dashboards.triage.queue_saved import default_of, saved_of
from dashboards.triage.session import Officer, TheOfficer
from dashboards.triage.site import Site, TheSite
from dashboards.triage.verdict import verdict_of
from pipelines.access.policy import Action
from pipelines.alerts.moves import MOST_AT_ONCE
from pipelines.alerts.states import REASON_CODES
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)

Place = Annotated[str, Query(pattern=f"^$|{CURSOR}", max_length=90)]


@router.get("/")
async def show(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    filters: TheFilters,
    after: Place = "",
    before: Place = "",
) -> Response:
    """The queue; who sees no alerts is shown how the system does."""
    if not may_in_unit(officer, Action.LIST, "alert"):
        return RedirectResponse("/health", status_code=303)
    if not request.url.query and (chosen := await default_of(site, officer)):
        return RedirectResponse(f"/?{chosen}", status_code=303)
    unit_id = require_unit(officer, Action.LIST, "alert")
    context = await _context(site, officer, filters, Cursor(after=after, before=before))
    decides = may_in_unit(officer, Action.DECIDE, "alert")
    return page(
        request,
        "queue.html",
        officer=officer,
        sites=await site.database.rows("triage_sites", unit_id=unit_id),
        saved=await saved_of(site, officer),
        colleagues=await _colleagues(site, officer) if decides else [],
        verdict=verdict_of(language_of(request)),
        rule_names=_rule_names(site, context["counts"]),
        decides=decides,
        reasons=REASON_CODES,
        at_most=MOST_AT_ONCE,
        **context,
    )


@router.get("/queue/rows")
async def refresh(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    filters: TheFilters,
    after: Place = "",
    before: Place = "",
) -> HTMLResponse:
    """Only the part that changes."""
    context = await _context(site, officer, filters, Cursor(after=after, before=before))
    decides = may_in_unit(officer, Action.DECIDE, "alert")
    return page(request, "queue_rows.html", officer=officer, decides=decides, **context)


async def _context(
    site: Site, officer: Officer, filters: Filters, cursor: Cursor
) -> dict[str, Any]:
    try:
        found = await (groups_of if filters.group else page_of)(site, officer, filters, cursor)
    except ValueError as error:
        raise HTTPException(422, "cursor") from error
    return {
        "found": found,
        "rows": found.rows,
        "counts": await counts_of(site, officer),
        "filters": filters,
        "cursor": cursor,
        "states": STATES,
        "severities": SEVERITIES,
        "soon_ms": SOON_MS,
    }


async def _colleagues(site: Site, officer: Officer) -> list[Row]:
    rows = await site.database.rows("triage_colleagues", unit_id=officer.unit_id)
    return [row for row in rows if row["officer_id"] != officer.officer_id]


def _rule_names(site: Site, counts: Counts) -> list[tuple[str, Any]]:
    """Rules that something waits of, with their titles (None: the catalogue has them no more)."""
    titles = {entry.id: entry.title for entry in site.rules.entries}
    return [(rule_id, titles.get(rule_id)) for rule_id in counts.rules]
