"""Owns the pages of cases handed over: the list, one case's course, and what a leader may do."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import may_in_unit, require, require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from detectors.catalogue import Entry
from pipelines.access.policy import Action, Target
from pipelines.cases.course import statuses
from pipelines.cases.resend import correct, enable, resend
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)
STATES = ("pending", "acknowledged", "refused", "undelivered", "decided")
PAGE_ROWS = 50
CaseId = Annotated[str, Form(max_length=64)]


@router.get("/cases")
async def listed(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    state: Annotated[str, Query(max_length=20)] = "",
    status: Annotated[str, Query(max_length=20)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """The unit's cases, the newest first; filters that nobody knows show all."""
    unit_id = require_unit(officer, Action.SEE_CASES)
    asked = {
        "state": state if state in STATES else "",
        "status": status if status in statuses() else "",
        "search": search.strip(),
    }
    at_ms, _, case_id = before.partition("-")
    rows = await site.database.rows(
        "cases_list", unit_id=unit_id, most=PAGE_ROWS + 1, before_id=case_id,
        before_ms=int(at_ms) if at_ms.isascii() and at_ms.isdigit() else None,
        **{**asked, "search": _literal(asked["search"])},
    )  # fmt: skip
    counts = await site.database.rows("cases_counts", unit_id=unit_id)
    more = f"{rows[-2]['created_ms']}-{rows[-2]['case_id']}" if len(rows) > PAGE_ROWS else ""
    return page(
        request, "cases.html", officer=officer, rows=rows[:PAGE_ROWS], asked=asked, more=more,
        states=STATES, statuses=list(statuses()), counts={r["state"]: r["n"] for r in counts},
        endpoint=await _closed(site), may=may_in_unit(officer, Action.RESEND_CASE),
    )  # fmt: skip


@router.get("/cases/{case_id}")
async def show(request: Request, site: TheSite, officer: TheOfficer, case_id: str) -> HTMLResponse:
    """What was sent of one case, what came back, and what is wrong."""
    case = await _case(site, officer, case_id, Action.SEE_CASES)
    data = _data(case)
    return page(
        request, "case.html", officer=officer, case=case, data=data,
        sendings=await site.database.rows("cases_sendings", case_id=case_id),
        answers=[_answer(r) for r in await site.database.rows("cases_answers", case_id=case_id)],
        events=await site.database.rows("cases_events", alert_id=case["alert_id"]),
        clocks=await site.database.rows("cases_clocks", alert_id=case["alert_id"]),
        course=[one for one in statuses() if one not in ("refused", "annulled")],
        entry=_entry(site, case), endpoint=await _closed(site),
        may=may_in_unit(officer, Action.RESEND_CASE),
    )  # fmt: skip


@router.get("/cases/{case_id}/revisions/{revision}")
async def body(site: TheSite, officer: TheOfficer, case_id: str, revision: int) -> Response:
    """The exact bytes of a revision, as they are signed and sent."""
    await _case(site, officer, case_id, Action.SEE_CASES)
    row = await site.database.row("cases_sending_body", case_id=case_id, revision=revision)
    if row is None:
        raise HTTPException(404, "revision")
    return _file(bytes(row["body"]), f"{case_id}-r{revision}.json")


@router.get("/cases/{case_id}/index")
async def index(site: TheSite, officer: TheOfficer, case_id: str) -> Response:
    """The index of a closed file, as its digest was logged (OFF-20)."""
    await _case(site, officer, case_id, Action.SEE_CASES)
    row = await site.database.row("cases_archive", case_id=case_id)
    if row is None:
        raise HTTPException(404, "index")
    return _file(bytes(row["index_json"]), f"{case_id}-index.json")


@router.post("/cases/acts/reopen")
async def reopen(
    request: Request, site: TheSite, officer: TheOfficer, csrf: Annotated[str, Form()] = ""
) -> Response:
    """Opens the case system's address again that had answered 410."""
    check_csrf(request, csrf)
    require_unit(officer, Action.RESEND_CASE)
    await enable(site.database, site.settings.case_system_url, by=officer.officer_id)
    return RedirectResponse("/cases", status_code=303)


@router.post("/cases/{case_id}/resend")
async def again(
    request: Request, site: TheSite, officer: TheOfficer, case_id: str,
    csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Queues what was not taken again."""
    check_csrf(request, csrf)
    await _case(site, officer, case_id, Action.RESEND_CASE)
    await resend(site.database, case_id, by=officer.officer_id, now_ms=site.clock())
    return RedirectResponse(f"/cases/{case_id}", status_code=303)


@router.post("/cases/{case_id}/correct")
async def corrected(
    *, request: Request, site: TheSite, officer: TheOfficer, case_id: str,
    csrf: Annotated[str, Form()] = "", words: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Asks for the next revision; none is made where nothing has changed."""
    check_csrf(request, csrf)
    await _case(site, officer, case_id, Action.RESEND_CASE)
    async with site.database.transaction() as tx:
        await correct(
            tx, case_id, by=officer.officer_id, reason="corrected", words=words.strip(),
            now_ms=site.clock(),
        )  # fmt: skip
    return RedirectResponse(f"/cases/{case_id}", status_code=303)


async def _case(site: Site, officer: Officer, case_id: str, action: Action) -> Row:
    """A case that they may see or act on; 404 where there is none."""
    row = await site.database.row("cases_page", case_id=case_id)
    if row is None:
        raise HTTPException(404, "case")
    await require(site, officer, action, Target(kind="unit", id=case_id, unit_id=row["unit_id"]))
    return row


async def _closed(site: Site) -> Row | None:
    return await site.database.row("cases_endpoint", url=site.settings.case_system_url)


def _entry(site: Site, case: Row) -> Entry | None:
    return site.rules.by_key(f"{case['rule_id']}@{case['rule_version']}")


def _data(case: Row) -> dict[str, Any]:
    """What the newest revision says; empty where it cannot be read."""
    try:
        found = json.loads(bytes(case["payload"]))
    except ValueError:
        return {}
    data = found.get("data") if isinstance(found, dict) else None
    return data if isinstance(data, dict) else {}


def _answer(row: Row) -> dict[str, Any]:
    told = {"document": "", "reason": "", "amount_fen": None, **_data({"payload": row["body"]})}
    return {**row, "data": told}


def _literal(search: str) -> str:
    """What was typed is looked for as it is."""
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)
