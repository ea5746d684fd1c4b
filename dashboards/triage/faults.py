"""Owns the pages of fault files: the list, a file, its print, and the forms. Decides nothing.

Who may do what in a file is ``pipelines.accountability``'s; here a form becomes an act.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.triage.access_door import Refused
from dashboards.triage.duties import names_of
from dashboards.triage.fault_form import body_of
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action, Target, decide
from pipelines.accountability.book import (
    NoSuchFile,
    NotNow,
    Opening,
    Tampered,
    do_act,
    open_file,
    read_file,
)
from pipelines.accountability.facts import SUBJECT_KINDS, NoSuchSubject
from pipelines.accountability.findings import ANSWERS, CIRCUMSTANCES, ELEMENTS
from pipelines.accountability.fold import Entry, Standing, fold
from pipelines.accountability.law import law
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import File, NotYours, check_act, may_see
from pipelines.accountability.states import ACTS, allowed

router = APIRouter(include_in_schema=False)
MOST = 200
Text = Annotated[str, Form(max_length=4000)]
Id = Annotated[str, Form(max_length=200)]
_MOVING = [name for name, act in ACTS.items() if act.to]


@router.get("/faults")
async def show_all(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """The files that they may see."""
    return await _list(request, site, officer)


@router.post("/faults")
async def open_one(
    *, request: Request, site: TheSite, officer: TheOfficer, csrf: Id = "", kind: Id = "",
    subject_id: Id = "", about: Id = "", activity: Id = "", fault: Id = "", alleged: Text = "",
) -> Response:  # fmt: skip
    """Opens a file; what cannot be opened is said on the page."""
    check_csrf(request, csrf)
    opening = Opening(
        subject_kind=kind, subject_id=subject_id.strip(), about=about, activity=activity,
        alleged=alleged, fault=fault,
    )  # fmt: skip
    try:
        fault_id = await open_file(site.database, officer.actor, opening, now_ms=site.clock())
    except NoSuchSubject:
        return await _list(request, site, officer, problem="no_subject", status=404)
    except NotYours as error:
        return await _list(request, site, officer, problem=error.code, status=403)
    except NotSaid as error:
        return await _list(request, site, officer, problem=error.code, status=422)
    return RedirectResponse(f"/faults/{fault_id}", status_code=303)


@router.get("/faults/{fault_id}")
async def show(request: Request, site: TheSite, officer: TheOfficer, fault_id: str) -> HTMLResponse:
    """One file."""
    return await _file(request, site, officer, fault_id)


@router.get("/faults/{fault_id}/print")
async def printed(
    request: Request, site: TheSite, officer: TheOfficer, fault_id: str
) -> HTMLResponse:
    """One file without forms, for paper."""
    return await _file(request, site, officer, fault_id, template="fault_print.html")


@router.post("/faults/{fault_id}/{act}")
async def do(
    *, request: Request, site: TheSite, officer: TheOfficer, fault_id: str, act: str
) -> Response:
    """Enters an act; what cannot be entered is said on the page."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    await _seen(site, officer, fault_id)
    if act not in ACTS:
        return await _file(request, site, officer, fault_id, problem="unknown_act", status=404)
    try:
        await do_act(
            site.database, officer.actor, fault_id, act, body_of(act, form), now_ms=site.clock()
        )
    except NotNow:
        return await _file(request, site, officer, fault_id, problem="not_now", status=409)
    except NotYours as error:
        return await _file(request, site, officer, fault_id, problem=error.code, status=403)
    except NotSaid as error:
        return await _file(
            request, site, officer, fault_id, problem=error.code, said=str(error), status=422
        )
    return RedirectResponse(f"/faults/{fault_id}", status_code=303)


async def _list(
    request: Request, site: Site, officer: Officer, *, problem: str = "", status: int = 200
) -> HTMLResponse:
    mine = Target(kind="unit", id=officer.unit_id, unit_id=officer.unit_id)
    own = Target(kind="unit", id="", unit_id="", owners=frozenset({officer.officer_id}))
    seen = decide(officer.actor, Action.SEE_FAULT, own)
    if not seen.allowed:
        raise Refused(officer, Action.SEE_FAULT, own, seen)
    units = [officer.unit_id] if decide(officer.actor, Action.SEE_FAULT, mine).allowed else []
    if units:
        below = await site.database.rows(
            "duty_units_below", unit_id=officer.unit_id, now_ms=site.clock()
        )
        units += [row["unit_id"] for row in below]
    rows = await site.database.rows(
        "duty_faults_page", officer_id=officer.officer_id, units=units, moving=_MOVING, most=MOST
    )
    stand = [row | {"state": _state(row["moved"])} for row in rows]
    return page(
        request, "faults.html", officer=officer, status=status, problem=problem,
        rows=[row for row in stand if not (row["concerned"] and row["state"] == "open")],
        may_open=decide(officer.actor, Action.HANDLE_FAULT, mine).allowed, law=law(),
        kinds=SUBJECT_KINDS, names=await names_of(site),
    )  # fmt: skip


def _state(moved: str) -> str:
    return (ACTS[moved].to if moved in ACTS else None) or "open"


async def _seen(site: Site, officer: Officer, fault_id: str) -> tuple[File, list[Entry], Standing]:
    """The file, for whoever may see it."""
    try:
        file, entries = await read_file(site.database, fault_id)
    except NoSuchFile as error:
        raise HTTPException(404, "object") from error
    except Tampered as error:
        raise HTTPException(409, "tampered") from error
    standing = fold(entries)
    if not may_see(file, standing, officer.actor):
        refused = decide(officer.actor, Action.SEE_FAULT, Target(kind="unit", id="", unit_id=""))
        raise Refused(officer, Action.SEE_FAULT, file.target(), refused)
    return file, entries, standing


async def _file(
    request: Request, site: Site, officer: Officer, fault_id: str, *, problem: str = "",
    said: str = "", status: int = 200, template: str = "fault.html",
) -> HTMLResponse:  # fmt: skip
    file, entries, standing = await _seen(site, officer, fault_id)
    context: dict[str, Any] = {
        "file": file, "entries": entries, "stands": standing, "law": law(), "problem": problem,
        "said": said, "names": await names_of(site), "elements": ELEMENTS, "answers": ANSWERS,
        "circumstances": CIRCUMSTANCES, "may": _may(file, standing, officer),
        "clocks": await site.database.rows("duty_fault_clocks", fault_id=fault_id),
        "articles": {name: act.article for name, act in ACTS.items()},
        "units": {row["unit_id"]: row for row in await site.database.rows("duty_units")},
    }  # fmt: skip
    return page(request, template, officer=officer, status=status, **context)


def _may(file: File, standing: Standing, officer: Officer) -> list[str]:
    found = []
    for act in allowed(standing.state):
        try:
            check_act(file, standing, act, officer.actor)
        except NotYours:
            continue
        found.append(act)
    return found
