"""Owns the officers' page of what parties said and wait for a reply to, and of messages to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import require_alert, require_unit
from dashboards.triage.pages import page
from dashboards.triage.party_shown import original_of, picture_of
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.parties import answers

router = APIRouter(prefix="/answers", include_in_schema=False)


@router.get("")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """What waits in the officer's unit, the nearest clock first."""
    return await _page(request, site, officer)


@router.post("/{answer_id}")
async def reply(
    *, request: Request, site: TheSite, officer: TheOfficer, answer_id: str,
    outcome: Annotated[str, Form(max_length=20)] = "",
    words: Annotated[str, Form(max_length=answers.WORDS)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Replies; the party is told."""
    check_csrf(request, csrf)
    row = await site.database.row("party_answer", answer_id=answer_id)
    if row is None:
        raise HTTPException(404, "answer")
    await require_alert(site, officer, Action.DECIDE, row["alert_id"])
    try:
        new = await answers.reply(
            site.database, row, officer_id=officer.officer_id, outcome=outcome, words=words,
            now_ms=site.clock(),
        )  # fmt: skip
    except answers.BadAnswer as error:
        return await _page(
            request, site, officer, problem=error.code, at=answer_id, kept=words, status=422
        )
    if not new:
        return await _page(request, site, officer, problem="replied", status=409)
    return RedirectResponse("/answers", status_code=303)


@router.get("/{answer_id}/files/{number}")
async def file(
    site: TheSite, officer: TheOfficer, answer_id: str, number: int, original: int = 0
) -> Response:
    """A handed-in picture's copy, or with ``original=1`` the file as it came, to be saved."""
    row = None
    if 0 < number < 100:  # noqa: PLR2004  beyond any answer, and within an integer column
        row = await site.database.row("party_file", answer_id=answer_id, number=number)
    if row is None:
        raise HTTPException(404, "object")
    await require_alert(site, officer, Action.VIEW_COPY, row["alert_id"])
    if original or not row["picture_sha256"]:
        return await original_of(site, row)
    return await picture_of(site, row)


async def _page(
    request: Request, site: Site, officer: Officer, *, problem: str = "", at: str = "",
    kept: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    require_unit(officer, Action.LIST, "alert")
    rows = await site.database.rows("party_waiting", unit_id=officer.unit_id)
    messages: list[dict[str, Any]] = await site.database.rows(
        "party_messages", officer_id=officer.officer_id
    )
    await site.database.execute(
        "party_messages_read", officer_id=officer.officer_id, now_ms=site.clock()
    )
    return page(
        request, "party_answers.html", officer=officer, status=status, rows=rows,
        messages=messages, problem=problem, at=at, kept=kept, outcomes=answers.OUTCOMES,
    )  # fmt: skip
