"""Owns the page of an officer's own sign-ins, and ending one. Must not show anybody else's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer, check_csrf, end, lasting_since
from dashboards.triage.site import TheSite

router = APIRouter(include_in_schema=False)
MOST = 50
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000


@router.get("/sessions")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """Where they are signed in, the last used first."""
    seen_ms, created_ms = lasting_since(site)
    rows = await site.database.rows(
        "door_sessions_of", officer_id=officer.officer_id, seen_ms=seen_ms, created_ms=created_ms,
        most=MOST,
    )  # fmt: skip
    settings = site.settings
    return page(
        request, "sessions.html", officer=officer, rows=rows, most=MOST,
        idle_ms=settings.session_idle_min * _MINUTE_MS, whole_ms=settings.session_h * _HOUR_MS,
    )  # fmt: skip


@router.post("/sessions/{session_id}/end")
async def finish(
    *, request: Request, site: TheSite, officer: TheOfficer, session_id: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Ends one of their own; its browser is out at once."""
    check_csrf(request, csrf)
    row = await site.database.row("door_session_of", session_id=session_id)
    if row is None or row["officer_id"] != officer.officer_id:
        raise HTTPException(404, "session")
    await end(site, session_id, by=officer.officer_id, why="ended")
    return RedirectResponse("/sessions", status_code=303)
