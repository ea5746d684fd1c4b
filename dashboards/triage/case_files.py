"""Owns the pages on the review of case files (art. 3, 4): drawing, the checklist, the answers."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import require_unit
from dashboards.triage.duties import names_of
from dashboards.triage.duty_span import span_of
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.accountability import case_review
from pipelines.accountability.case_review import Answer, hints, questions
from pipelines.accountability.gather import observe
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)
Id = Annotated[str, Form(max_length=200)]


@router.get("/duties/case-files")
async def show_all(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """What was drawn, and how it was answered."""
    return await _list(request, site, officer)


@router.post("/duties/case-files")
async def draw(
    *, request: Request, site: TheSite, officer: TheOfficer, csrf: Id = "",
    count: Annotated[int, Form(ge=1, le=100)] = 1,
    since: Annotated[str, Form(alias="from", max_length=10)] = "",
    until: Annotated[str, Form(alias="to", max_length=10)] = "",
) -> Response:  # fmt: skip
    """Draws cases of a period by lot."""
    check_csrf(request, csrf)
    span = span_of(since, until, site.clock())
    try:
        await case_review.draw(
            site.database, officer.actor, from_ms=span.from_ms, to_ms=span.to_ms, count=count,
            now_ms=site.clock(),
        )  # fmt: skip
    except (NotSaid, NotYours) as error:
        status = 403 if isinstance(error, NotYours) else 422
        return await _list(request, site, officer, problem=error.code, status=status)
    return RedirectResponse("/duties/case-files", status_code=303)


@router.get("/duties/case-files/{draw_id}/{case_id}")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, draw_id: str, case_id: str
) -> HTMLResponse:
    """One case file's checklist, with what the machine has on record beside each question."""
    return await _one(request, site, officer, draw_id, case_id)


@router.post("/duties/case-files/{draw_id}/{case_id}")
async def answer(
    *, request: Request, site: TheSite, officer: TheOfficer, draw_id: str, case_id: str
) -> Response:
    """A person's answers."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    check_csrf(request, form.get("csrf", ""))
    answers = [
        Answer(question=q.code, answer=cast("case_review.Yes", form[f"answer-{q.code}"]),
               words=form.get(f"words-{q.code}", ""))
        for q in questions()
        if form.get(f"answer-{q.code}") in ("yes", "no", "na")
    ]  # fmt: skip
    try:
        await case_review.answer(
            site.database, officer.actor, draw_id, case_id, answers, now_ms=site.clock()
        )
    except (NotSaid, NotYours) as error:
        status = 403 if isinstance(error, NotYours) else 422
        return await _one(
            request, site, officer, draw_id, case_id, problem=error.code, tried=form, status=status
        )
    return RedirectResponse("/duties/case-files", status_code=303)


async def _list(
    request: Request, site: Site, officer: Officer, *, problem: str = "", status: int = 200
) -> HTMLResponse:
    require_unit(officer, Action.REVIEW_CASE_FILE)
    rows = await site.database.rows("duty_case_reviews_page", unit_id=officer.unit_id)
    return page(
        request, "case_files.html", officer=officer, status=status, problem=problem, rows=rows,
        span=span_of("", "", site.clock()), names=await names_of(site),
    )  # fmt: skip


async def _one(
    request: Request, site: Site, officer: Officer, draw_id: str, case_id: str, *,
    problem: str = "", tried: dict[str, str] | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    unit_id = require_unit(officer, Action.REVIEW_CASE_FILE)
    row = await site.database.row("duty_case_review_one", draw_id=draw_id, case_id=case_id)
    if row is None or row["unit_id"] != unit_id:
        raise HTTPException(404, "object")
    return page(
        request, "case_file.html", officer=officer, status=status, problem=problem, row=row,
        questions=questions(), hints=await _hints(site, row), tried=tried or {},
        names=await names_of(site),
    )  # fmt: skip


async def _hints(site: Site, row: Row) -> dict[str, tuple[str, ...]]:
    seen = await observe(
        site.database, site.rules, unit_id=row["unit_id"], from_ms=row["detected_ms"],
        to_ms=site.clock(), now_ms=site.clock(),
    )  # fmt: skip
    mine = [m for m in seen.matters if m.alert_id == row["alert_id"]]
    return hints(seen, mine[0]) if mine else {}
