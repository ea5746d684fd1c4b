"""Owns the page of supervised parties and their credit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.triage.access_door import require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite
from pipelines.access.policy import Action

router = APIRouter(include_in_schema=False)


@router.get("/parties")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """The parties of the officer's unit with their credit as it stands, and what it is made of."""
    unit_id = require_unit(officer, Action.SEE_FIGURES)
    rows = await site.database.rows("triage_parties", unit_id=unit_id)
    return page(request, "parties.html", officer=officer, rows=rows)
