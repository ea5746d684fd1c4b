"""Owns the page and the API of silences: which there are, what each held, and making and ending."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from dashboards.triage.access_door import may_in_unit, require_unit
from dashboards.triage.pages import ZONE, page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.alerts.life import life
from pipelines.alerts.silences import (
    REASON_LIMIT,
    BadSilence,
    NoSuchSilence,
    Wanted,
    end,
    make,
)
from pipelines.store.database import Row

router = APIRouter()
MOST, MOST_HELD = 100, 300
STANDINGS = ("in_force", "to_come", "over")
FIELDS = ("site_id", "device_id", "rule_id", "reason", "starts", "ends")
_HOUR_MS, _SHOWN = 3_600_000, 8
_LONGEST_MS = 2**53
Id = Annotated[str, Form(max_length=64)]


class SilenceIn(BaseModel):
    """What is to be silenced. Times are epoch milliseconds UTC; ``from_ms`` 0 is now.

    An empty ``site_id``, ``device_id`` or ``rule_id`` stands for any, but not all three.
    """

    site_id: str = Field("", max_length=64)
    device_id: str = Field("", max_length=64)
    rule_id: str = Field("", max_length=64)
    critical: bool = False
    reason: str = Field(max_length=REASON_LIMIT)
    from_ms: int = Field(0, ge=0, lt=_LONGEST_MS)
    to_ms: int = Field(ge=0, lt=_LONGEST_MS)


class EndIn(BaseModel):
    """Why it ends before its time."""

    reason: str = Field(max_length=REASON_LIMIT)


class SilenceOut(BaseModel):
    """A silence; ``held``: how many findings it ever held, ``holds``: how many it holds now."""

    silence_id: str
    standing: Literal["in_force", "to_come", "over"]
    site_id: str
    device_id: str
    rule_id: str
    critical: bool
    reason: str
    created_by: str
    created_ms: int
    from_ms: int
    to_ms: int
    ended_by: str
    ended_ms: int | None
    ended_why: str
    held: int
    holds: int


@router.get("/silences", include_in_schema=False)
async def show(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """The unit's silences: in force, to come, and over."""
    return await _page(request, site, officer)


@router.post("/silences", include_in_schema=False)
async def create(  # noqa: PLR0917  a form's fields
    request: Request, site: TheSite, officer: TheOfficer,
    csrf: Annotated[str, Form(max_length=200)] = "",
    site_id: Id = "", device_id: Id = "", rule_id: Id = "",
    reason: Annotated[str, Form(max_length=REASON_LIMIT)] = "",
    starts: Annotated[str, Form(max_length=40)] = "",
    ends: Annotated[str, Form(max_length=40)] = "",
    critical: Annotated[str, Form(max_length=4)] = "",
) -> Response:  # fmt: skip
    """Makes one from the form; what cannot be made is said on the page, with what was written."""
    check_csrf(request, csrf)
    require_unit(officer, Action.SILENCE)
    try:
        asked = SilenceIn(
            site_id=site_id.strip(), device_id=device_id.strip(), rule_id=rule_id.strip(),
            critical=critical == "yes", reason=reason, from_ms=_local_ms(starts),
            to_ms=_local_ms(ends),
        )  # fmt: skip
        await _made(site, officer, asked)
    except BadSilence as error:
        written = {"site_id": site_id, "device_id": device_id, "rule_id": rule_id,
                   "reason": reason, "starts": starts, "ends": ends}  # fmt: skip
        return await _page(request, site, officer, problem=error.code, written=written, status=422)
    return RedirectResponse("/silences", status_code=303)


@router.post("/silences/{silence_id}/end", include_in_schema=False)
async def finish(  # noqa: PLR0917  a form's fields
    request: Request, site: TheSite, officer: TheOfficer, silence_id: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=REASON_LIMIT)] = "",
) -> Response:  # fmt: skip
    """Ends one early."""
    check_csrf(request, csrf)
    unit_id = require_unit(officer, Action.SILENCE)
    try:
        await end(
            site.database, silence_id, unit_id=unit_id, by=officer.officer_id, why=reason,
            now_ms=site.clock(),
        )  # fmt: skip
    except BadSilence as error:
        return await _page(request, site, officer, problem=error.code, status=422)
    except NoSuchSilence:
        return await _page(request, site, officer, problem="no_such_silence", status=409)
    return RedirectResponse("/silences", status_code=303)


@router.get("/api/silences", tags=["silences"])
async def listed(site: TheSite, officer: TheOfficer) -> list[SilenceOut]:
    """The unit's silences, those that are over last."""
    unit_id = require_unit(officer, Action.LIST, "alert")
    rows = await _rows(site, unit_id)
    return [SilenceOut(**{name: row[name] for name in SilenceOut.model_fields}) for row in rows]


@router.post("/api/silences", tags=["silences"], status_code=201)
async def create_one(
    request: Request, site: TheSite, officer: TheOfficer, wanted: SilenceIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> dict[str, str]:  # fmt: skip
    """Makes one: 422 with a code where it cannot be."""
    check_csrf(request, x_csrf_token)
    require_unit(officer, Action.SILENCE)
    try:
        return {"silence_id": await _made(site, officer, wanted)}
    except BadSilence as error:
        raise HTTPException(422, {"error": error.code}) from error


@router.post("/api/silences/{silence_id}/end", tags=["silences"])
async def end_one(  # noqa: PLR0917  a call's parts
    request: Request, site: TheSite, officer: TheOfficer, silence_id: str, why: EndIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> dict[str, str]:  # fmt: skip
    """Ends one early: 404 where none of the unit is in force or to come, 422 without a reason."""
    check_csrf(request, x_csrf_token)
    unit_id = require_unit(officer, Action.SILENCE)
    try:
        await end(
            site.database, silence_id, unit_id=unit_id, by=officer.officer_id, why=why.reason,
            now_ms=site.clock(),
        )  # fmt: skip
    except NoSuchSilence as error:
        raise HTTPException(404, "silence") from error
    except BadSilence as error:
        raise HTTPException(422, {"error": error.code}) from error
    return {"silence_id": silence_id}


async def _made(site: Site, officer: Officer, asked: SilenceIn) -> str:
    if asked.critical:
        require_unit(officer, Action.SILENCE_CRITICAL)
    if asked.rule_id and not any(e.id == asked.rule_id for e in site.rules.entries):
        raise BadSilence("unknown_rule")
    wanted = Wanted(
        unit_id=officer.unit_id, by=officer.officer_id, reason=asked.reason.strip(),
        from_ms=asked.from_ms, to_ms=asked.to_ms, site_id=asked.site_id,
        device_id=asked.device_id, rule_id=asked.rule_id, critical=asked.critical,
    )  # fmt: skip
    return await make(site.database, wanted, now_ms=site.clock())


async def _rows(site: Site, unit_id: str) -> list[Row]:
    return await site.database.rows(
        "silences_page", unit_id=unit_id, now_ms=site.clock(), most=MOST
    )


async def _page(
    request: Request, site: Site, officer: Officer, *, problem: str = "",
    written: dict[str, str] | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    unit_id = require_unit(officer, Action.LIST, "alert")
    rows = await _rows(site, unit_id)
    held = await site.database.rows(
        "silences_held", silences=[row["silence_id"] for row in rows], unit_id=unit_id,
        most=MOST_HELD,
    )  # fmt: skip
    may = may_in_unit(officer, Action.SILENCE)
    return page(
        request, "silences.html", officer=officer, status=status, problem=problem,
        groups={s: [r for r in rows if r["standing"] == s] for s in STANDINGS},
        held={row["silence_id"]: _held_by(row["silence_id"], held) for row in rows},
        shown=_SHOWN, may=may, may_critical=may_in_unit(officer, Action.SILENCE_CRITICAL),
        entry=lambda row: site.rules.by_key(f"{row['rule_id']}@{row['rule_version']}"),
        rules=_rules(site), limits=life().silences, now_ms=site.clock(),
        sites=await site.database.rows("triage_sites", unit_id=unit_id) if may else [],
        devices=await site.database.rows(
            "silences_devices", unit_id=unit_id, now_ms=site.clock()
        ) if may else [],
        written=written or dict.fromkeys(FIELDS, ""), tomorrow=_local(site.clock() + 24 * _HOUR_MS),
    )  # fmt: skip


def _held_by(silence_id: str, held: list[Row]) -> list[Row]:
    return [row for row in held if row["held_ref"] == silence_id]


def _rules(site: Site) -> dict[str, Any]:
    """The newest title of each rule."""
    return {entry.id: entry.title for entry in sorted(site.rules.entries, key=lambda e: e.id)}


def _local_ms(written: str) -> int:
    """A moment as the browser's field writes it, in the authority's time; 0 for none.

    Raises:
        BadSilence: it is no moment.
    """
    if not written.strip():
        return 0
    try:
        then = dt.datetime.fromisoformat(written.strip())
        return int(then.replace(tzinfo=then.tzinfo or ZONE).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadSilence("bad_time") from error


def _local(at_ms: int) -> str:
    return f"{dt.datetime.fromtimestamp(at_ms / 1000, ZONE):%Y-%m-%dT%H:%M}"
