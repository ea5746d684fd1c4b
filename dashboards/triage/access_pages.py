"""Owns the pages on which access is asked for, answered and taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import require_unit, target
from dashboards.triage.packages import Over, package_of
from dashboards.triage.pages import ZONE, page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access import requests
from pipelines.access.policy import Action, policy
from pipelines.access.requests import TEXT_LIMIT, Asking, NotAsked
from pipelines.evidence.package.types import NotExported
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)
_DAY_MS = 86_400_000
_USUAL_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The request's form as it was filled in; days are local dates, both included."""

    kind: str = ""
    id: str = ""
    action: str = "view"
    reason: str = ""
    matter: str = ""
    first_day: str = ""
    last_day: str = ""


@router.get("/access")
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """What I asked for and, for leaders, what waits for an answer."""
    require_unit(officer, Action.REQUEST_ACCESS, "alert")
    mine = await site.database.rows("access_mine", officer_id=officer.officer_id)
    theirs: list[Row] = []
    leads = _leads(officer)
    if leads:
        theirs = await site.database.rows("access_of_unit", unit_id=officer.unit_id)
    waiting = [
        r for r in theirs if _waits(r, site.clock()) and requests.may_answer(officer.actor, r)
    ]
    return page(
        request, "access.html", officer=officer, mine=mine, waiting=waiting, leads=leads,
        answered=[r for r in theirs if r not in waiting], standing=standing,
    )  # fmt: skip


@router.get("/access/ask")
async def form(
    *, request: Request, site: TheSite, officer: TheOfficer, kind: str = "alert", id: str = "",  # noqa: A002  as in the address
    action: str = "view",
) -> HTMLResponse:  # fmt: skip
    """The form of a request."""
    today = dt.datetime.fromtimestamp(site.clock() / 1000, ZONE).date()
    written = Written(
        kind=kind, id=id, action=action, first_day=today.isoformat(),
        last_day=(today + dt.timedelta(days=_USUAL_DAYS - 1)).isoformat(),
    )  # fmt: skip
    return await _form(request, officer, written)


@router.post("/access/ask")
async def ask(
    *, request: Request, site: TheSite, officer: TheOfficer,
    kind: Annotated[str, Form()], id: Annotated[str, Form()],  # noqa: A002  the field's name
    action: Annotated[str, Form()] = "view", reason: Annotated[str, Form()] = "",
    matter: Annotated[str, Form()] = "", first_day: Annotated[str, Form()] = "",
    last_day: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Puts the request before the leaders, or says what is missing (422)."""
    check_csrf(request, csrf)
    written = Written(
        kind=kind, id=id.strip(), action=action, reason=reason, matter=matter,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    try:
        request_id = await requests.ask(
            site.database, officer.actor, asking_of(written), now_ms=site.clock()
        )
    except NotAsked as problem:
        return await _form(request, officer, written, problem=problem.code, status=422)
    return RedirectResponse(f"/access/requests/{request_id}", status_code=303)


@router.get("/access/requests/{request_id}")
async def one(
    request: Request, site: TheSite, officer: TheOfficer, request_id: str
) -> HTMLResponse:
    """One request: what was asked, what was answered, and what can be done."""
    return await _one(request, site, officer, request_id)


@router.post("/access/requests/{request_id}")
async def answer(
    *, request: Request, site: TheSite, officer: TheOfficer, request_id: str,
    outcome: Annotated[str, Form()], why: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Approves, refuses, or takes back."""
    check_csrf(request, csrf)
    try:
        await answered(site, officer, request_id, outcome, why)
    except NotAsked as problem:
        return await _one(request, site, officer, request_id, problem=problem.code,
                          status=status_of(problem))  # fmt: skip
    return RedirectResponse(f"/access/requests/{request_id}", status_code=303)


@router.post("/access/requests/{request_id}/package")
async def take(
    *, request: Request, site: TheSite, officer: TheOfficer, request_id: str,
    csrf: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """The package of an approved export: made at the first time, given for a short while."""
    check_csrf(request, csrf)
    row = await _row(site, officer, request_id)
    found = await target(site, str(row["target_kind"]), str(row["target_id"]))
    try:
        path = await package_of(site, officer, found, row)
    except Over:
        return await _one(request, site, officer, request_id, problem="over", status=403)
    except NotExported as error:
        return await _one(request, site, officer, request_id, problem="not_exported",
                          why=str(error), status=422)  # fmt: skip
    name = f"evidence-{str(row['target_id'])[:12]}.zip"
    return FileResponse(path, media_type="application/zip", filename=name,
                        headers={"Cache-Control": "no-store"})  # fmt: skip


async def answered(site: Site, officer: Officer, request_id: str, outcome: str, why: str) -> None:
    """Carries out a leader's ``approve``, ``refuse`` or ``withdraw``.

    Raises:
        NotAsked: it cannot be.
    """
    given: dict[str, Any] = {"why": why, "now_ms": site.clock()}
    if outcome == "withdraw":
        await requests.withdraw(site.database, officer.actor, request_id, **given)
    elif outcome in ("approve", "refuse"):
        await requests.answer(
            site.database, officer.actor, request_id, approve=outcome == "approve", **given
        )
    else:
        raise NotAsked("unknown")


def asking_of(written: Written) -> Asking:
    """The request that a form means: whole local days.

    Raises:
        NotAsked: ``period``, the days cannot be read; ``unknown``, no such request.
    """
    if written.action not in ("view", "export"):
        raise NotAsked("unknown")
    try:
        first, last = (dt.date.fromisoformat(d) for d in (written.first_day, written.last_day))
    except ValueError as error:
        raise NotAsked("period") from error
    start = dt.datetime.combine(first, dt.time(), ZONE)
    end = dt.datetime.combine(last, dt.time(), ZONE) + dt.timedelta(days=1)
    return Asking(
        action="export" if written.action == "export" else "view", kind=written.kind,
        id=written.id, reason=written.reason, matter=written.matter,
        from_ms=round(start.timestamp() * 1000), to_ms=round(end.timestamp() * 1000),
    )  # fmt: skip


def standing(row: Row, now_ms: int) -> str:
    """Where a request stands: waiting, lapsed, refused, withdrawn, early, valid, over, taken."""
    if row["decided_by"] is None:
        return "waiting" if row["to_ms"] > now_ms else "lapsed"
    if not row["approved"]:
        return "refused"
    if row["withdrawn_ms"] is not None:
        return "withdrawn"
    if row["to_ms"] <= now_ms:
        return "over"
    if row.get("taking_until_ms") and row["taking_until_ms"] <= now_ms:
        return "taken"
    return "valid" if row["from_ms"] <= now_ms else "early"


def status_of(problem: NotAsked) -> int:
    """403 for who may not, 404 for what is not there, 409 for too late, else 422."""
    codes = {"own": 403, "not_leader": 403, "refused": 403, "unknown": 404, "no_target": 404,
             "answered": 409, "over": 409}  # fmt: skip
    return codes.get(problem.code, 422)


async def visible(site: Site, officer: Officer, request_id: str) -> Row:
    """A request that is theirs, or their unit's if they lead it.

    Raises:
        HTTPException: 404, also where it is somebody else's.
    """
    row = await site.database.row("access_request", request_id=request_id)
    if row is None:
        raise HTTPException(404, "request")
    leads = _leads(officer) and row["unit_id"] == officer.unit_id
    if row["applicant"] != officer.officer_id and not leads:
        raise HTTPException(404, "request")
    return row


async def _row(site: Site, officer: Officer, request_id: str) -> Row:
    row = await visible(site, officer, request_id)
    if row["applicant"] != officer.officer_id or row["action"] != "export":
        raise HTTPException(404, "request")
    return row


def _leads(officer: Officer) -> bool:
    return officer.role == "leader"


def _waits(row: Row, now_ms: int) -> bool:
    return row["decided_by"] is None and row["to_ms"] > now_ms


async def _one(
    request: Request, site: Site, officer: Officer, request_id: str, *, problem: str = "",
    why: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    row = await visible(site, officer, request_id)
    objects: list[Row] = []
    if row["target_kind"] == "alert":
        objects = await site.database.rows("triage_objects", alert_id=row["target_id"])
    now_ms = site.clock()
    return page(
        request, "access_request.html", officer=officer, status=status, r=row,
        stands=standing(row, now_ms), may_answer=requests.may_answer(officer.actor, row),
        mine=row["applicant"] == officer.officer_id, problem=problem, why=why, limit=TEXT_LIMIT,
        films=[o for o in objects if str(o["media_type"]).startswith(("video/", "image/jpeg"))],
        taking_min=policy().taking_s // 60,
    )  # fmt: skip


async def _form(
    request: Request, officer: Officer, written: Written, *, problem: str = "",
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    require_unit(officer, Action.REQUEST_ACCESS, "alert")
    return page(
        request, "access_ask.html", officer=officer, status=status, asked=written,
        problem=problem, limit=TEXT_LIMIT, longest_days=policy().longest_days,
    )  # fmt: skip
