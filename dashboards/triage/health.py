"""Owns the page that shows what was refused, late, missing or stuck: nothing is lost silently."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from dashboards.triage.access_door import require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite
from pipelines.access.policy import Action
from pipelines.errors import Transient

router = APIRouter()
_LISTS = (
    "dead_letters",
    "dead_letters_recent",
    "counters",
    "recording_gaps",
    "stuck_notices",
    "stuck_cases",
    "sealing",
)


@router.get("/health", include_in_schema=False)
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """Totals first, then what they are made of."""
    require_unit(officer, Action.SEE_HEALTH)
    totals = await site.database.row("triage_loss_totals") or {}
    found = await asyncio.gather(*(site.database.rows(f"triage_{name}") for name in _LISTS))
    lists = dict(zip(_LISTS, found, strict=True))
    return page(request, "health.html", officer=officer, totals=totals, lists=lists)


@router.get("/healthz", tags=["probe"])
async def probe(site: TheSite) -> JSONResponse:
    """200 only if the database answers; 503 otherwise."""
    try:
        await site.database.row("triage_alive")
    except Transient as error:
        return JSONResponse({"status": "no database", "detail": str(error)[:200]}, 503)
    return JSONResponse({"status": "ok"})
