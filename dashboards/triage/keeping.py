"""Owns the page on what is held, what may go and when, and the forms on it. Decides nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import may_in_unit, require_unit
from dashboards.triage.keeping_acts import ACTS, PROBLEMS, Kept, act, kept_of, status_of
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action

router = APIRouter(include_in_schema=False)


@router.get("/keeping")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """What the officer's unit keeps, holds and may let go."""
    return await _page(request, site, officer)


@router.post("/keeping/{name}")
async def do(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    name: str,
    csrf: Annotated[str, Form()] = "",
    subject: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    ground: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Carries out a form; what cannot be done is said on the page."""
    check_csrf(request, csrf)
    require_unit(officer, Action.HOLD)
    if name not in ACTS:
        return await _page(request, site, officer, problem="unknown", status=404)
    try:
        await act(site, officer, name, subject=subject.strip(), reason=reason, ground=ground)
    except PROBLEMS as error:
        code, status = status_of(error)
        return await _page(request, site, officer, problem=code, said=str(error), status=status)
    return RedirectResponse("/keeping", status_code=303)


async def _page(
    request: Request, site: Site, officer: Officer, *, problem: str = "", said: str = "",
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    require_unit(officer, Action.HOLD)
    kept: Kept = await kept_of(site, officer)
    may: dict[str, Any] = {
        "propose": may_in_unit(officer, Action.PROPOSE_PRUNE),
        "approve": may_in_unit(officer, Action.APPROVE_PRUNE),
        "release": may_in_unit(officer, Action.RELEASE),
        "for_good": may_in_unit(officer, Action.KEEP_PERMANENTLY),
    }
    return page(
        request, "keeping.html", officer=officer, status=status, kept=kept, may=may,
        problem=problem, said=said,
    )  # fmt: skip
