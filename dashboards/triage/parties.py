"""Owns the page of supervised parties and their credit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite

router = APIRouter(include_in_schema=False)


@router.get("/parties")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """Every party with its credit as it stands, and what it is made of."""
    rows = await site.database.rows("triage_parties")
    return page(request, "parties.html", officer=officer, rows=rows)
