"""Owns the pages of officers' own recordings. Judges nothing; the player is ``viewing``'s."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from dashboards.triage.access_door import Refused, require, require_unit, target
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action, Target
from pipelines.access.targets import may_now
from pipelines.records.acts import acts
from pipelines.records.checklist import Question, missing
from pipelines.records.coverage import rates
from pipelines.records.diary import Done, add_act, session_gaps
from pipelines.records.findings import place
from pipelines.records.spot import checks
from pipelines.records.statistics import by_officer, by_unit, month_span, read_span, violations
from pipelines.records.types import NotTaken
from pipelines.records.working_days import ZONE

MOST_ROWS = 200
_FOREVER_MS = 1 << 60
Only = Literal["", "findings", "late"]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader wants to see."""

    act: str = ""
    search: str = ""
    only: Only = ""

    def plain(self) -> bool:
        """Whether these are the filters that one starts with."""
        return self == Filters()


async def filters_of(act: str = "", search: str = "", only: Only = "") -> Filters:
    """Reads the filters from the address."""
    return Filters(act if act in acts() else "", search.strip()[:64], only)


@router.get("/records")
async def show_list(
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    filters: Annotated[Filters, Depends(filters_of)],
) -> HTMLResponse:
    """The unit's recordings, or one's own, the newest first."""
    unit_id, only_own = _whose(officer)
    pattern = filters.search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    rows = await site.database.rows(
        "records_list", from_ms=0, to_ms=_FOREVER_MS, unit_id=unit_id or None, act=filters.act,
        officer_id=officer.officer_id if only_own else None, only=filters.only,
        search=f"%{pattern}%" if pattern else "", most=MOST_ROWS + 1,
    )  # fmt: skip
    return page(
        request, "records.html", officer=officer, rows=rows[:MOST_ROWS], filters=filters,
        acts=acts(), only_own=only_own, truncated=len(rows) > MOST_ROWS, most=MOST_ROWS,
    )  # fmt: skip


@router.get("/records/statistics")
async def show_statistics(
    request: Request, site: TheSite, officer: TheOfficer, month: str = ""
) -> HTMLResponse:
    """A month's figures by unit and by officer, weak links first."""
    unit_id = require_unit(officer, Action.SEE_FIGURES) or None
    now_ms = site.clock()
    chosen = month or f"{dt.datetime.fromtimestamp(now_ms / 1000, ZONE):%Y-%m}"
    try:
        from_ms, to_ms = month_span(chosen)
    except NotTaken as error:
        raise HTTPException(422, "month") from error
    found = await read_span(site.database, from_ms, to_ms, unit_id=unit_id)
    names = {row["id"]: row for row in await site.database.rows("records_names")}
    return page(
        request, "records_statistics.html", officer=officer, month=chosen,
        before=_other(from_ms, -1), after=_other(from_ms, 1) if to_ms <= now_ms else "",
        units=by_unit(found), officers=by_officer(found), share=rates(found.acts),
        faults=[one for one in found.acts if one.fault], violations=violations(found),
        checks=await checks(site.database, unit_id=unit_id, now_ms=now_ms), acts=acts(),
        names=names,
    )  # fmt: skip


@router.get("/records/{record_id}")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, record_id: str
) -> HTMLResponse:
    """One recording: what it is, what is odd, where it was interrupted, what is missing."""
    found = await target(site, "record", record_id)
    await require(site, officer, Action.LIST, found)
    record = await site.database.row("records_one", record_id=record_id)
    if record is None:
        raise HTTPException(404, "record")
    allowed = await may_now(site.database, officer.actor, found, now_ms=site.clock())
    return page(
        request, "record.html", officer=officer, r=record, allowed=allowed, place=place,
        act=acts().get(record["act"]), missing=_missing(record), **await _around(site, record),
    )  # fmt: skip


@router.get("/records/{record_id}/play")
async def play(site: TheSite, officer: TheOfficer, record_id: str) -> RedirectResponse:
    """Leads to the player; its address names the file, so it is for who may see the record."""
    await require(site, officer, Action.LIST, await target(site, "record", record_id))
    objects = await site.database.rows("records_objects", record_id=record_id)
    name = next((o["name"] for o in objects if o["role"] == "record"), None)
    if name is None:
        raise HTTPException(404, "record")
    return RedirectResponse(f"/viewing/record/{record_id}/original/{quote(name)}", status_code=303)


class NewAct(BaseModel):
    """An act as its document tells it; times are epoch ms."""

    kind: str = Field(max_length=40)
    officers: list[str] = Field(min_length=1, max_length=20)
    start_ms: int
    end_ms: int
    matter: str = Field("", max_length=500)
    place: str = Field("", max_length=500)
    party_id: str | None = Field(None, max_length=64)
    case_id: str | None = Field(None, max_length=64)
    unrecorded_reason: str = Field("", max_length=40)


@router.post("/api/records/acts", status_code=201, include_in_schema=True, tags=["records"])
async def add(
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    wanted: NewAct,
    x_csrf_token: Annotated[str, Header()] = "",
) -> dict[str, str]:
    """Adds an act of one's own, or of one's unit for its archivist; the same act is one act."""
    check_csrf(request, x_csrf_token)
    mine = Target(kind="record", id="", unit_id=officer.unit_id, owners=frozenset(wanted.officers))
    await require(site, officer, Action.IMPORT_RECORD, mine)
    if officer.officer_id not in wanted.officers:  # the archivist: for nobody of another unit
        rows = await site.database.rows("records_officers_known", officers=wanted.officers)
        if any(row["unit_id"] != officer.unit_id for row in rows):
            raise HTTPException(403, "officer_of_another_unit")
    done = Done(
        **wanted.model_dump(exclude={"officers"}), officers=tuple(wanted.officers),
        unit_id=officer.unit_id, added_by=officer.officer_id,
    )  # fmt: skip
    try:
        return {"act_id": await add_act(site.database, done, now_ms=site.clock())}
    except NotTaken as error:
        raise HTTPException(422, str(error)) from error


def _whose(officer: Officer) -> tuple[str, bool]:
    """The unit whose recordings they may list (empty: every unit), or only their own."""
    try:
        return require_unit(officer, Action.LIST, "record"), False
    except Refused as refused:
        if refused.decision.why != "grant_needed":
            raise
        return "", True


async def _around(site: Site, record: dict[str, Any]) -> dict[str, Any]:
    record_id, session_id = record["record_id"], record["session_id"]
    gaps = await session_gaps(site.database, session_id)
    session = await site.database.rows("records_session", session_id=session_id)
    begin, end = session[0]["start_ms"], max(one["end_ms"] for one in session)
    return {
        "findings": await site.database.rows("records_findings", record_id=record_id),
        "objects": await site.database.rows("records_objects", record_id=record_id),
        "leaves": await site.database.rows("records_leaf", record_id=record_id),
        "session": session,
        "gaps": gaps,
        "span": (begin, max(end, begin + 1)),
    }


def _missing(record: dict[str, Any]) -> list[Question]:
    return missing(record["checklist"], off_office=True)  # indoors it was answered for them


def _other(from_ms: int, months: int) -> str:
    day = dt.datetime.fromtimestamp(from_ms / 1000, ZONE).date()
    number = day.year * 12 + day.month - 1 + months
    return f"{number // 12}-{number % 12 + 1:02d}"
