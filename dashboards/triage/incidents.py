"""Owns the pages and the API of incidents: findings of one site that belong together, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from dashboards.texts import text
from dashboards.triage import spans
from dashboards.triage.access_door import may_in_unit, require_unit
from dashboards.triage.pages import language_of, page
from dashboards.triage.record import entry_of
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from detectors.catalogue import Entry
from pipelines.access.policy import Action
from pipelines.alerts.fold import GRAVER
from pipelines.alerts.life import life
from pipelines.alerts.regrouping import GROUND_LIMIT, BadRegrouping, detach, merge
from pipelines.store.database import Row

router = APIRouter()
MOST = 100
_WAITING = ("sealing", "held", "open", "acknowledged", "reminded")


class DetachIn(BaseModel):
    """Which finding does not belong to it, and why."""

    alert_id: str = Field(max_length=64)
    ground: str = Field(max_length=GROUND_LIMIT)


class MergeIn(BaseModel):
    """The incident, or the single finding, that belongs to this one, and why."""

    other_id: str = Field(max_length=64)
    ground: str = Field(max_length=GROUND_LIMIT)


class IncidentOut(BaseModel):
    """An incident in the list; times are epoch milliseconds UTC."""

    incident_id: str
    site_id: str
    opened_ms: int
    newest_ms: int
    severity: str
    gravest: str
    kinds: list[str]
    risk: float
    members: int
    waiting: int
    confirmed: int


class LinkOut(BaseModel):
    """Why two findings belong together: a pair by its name, or ``same_site``."""

    alert_id: str
    with_id: str
    reason: str


class MemberOut(BaseModel):
    """A finding of an incident; ``incident_by``: the officer who put it there, if one did."""

    alert_id: str
    rule_id: str
    rule_version: str
    severity: str
    state: str
    risk: float
    device_id: str
    device_kind: str
    place: str
    start_ms: int
    detected_ms: int
    end_ms: int | None
    occurrences: int
    incident_by: str


class WholeOut(BaseModel):
    """An incident with its findings; ``merged_into``: where they are now, if they were moved."""

    incident_id: str
    site_id: str
    opened_ms: int
    severity: str
    state: str
    merged_into: str
    members: list[MemberOut]
    links: list[LinkOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An incident as the page shows it.

    Attributes:
        gravest: its gravest finding gives the title.
        links: those between findings that are in it now.
    """

    row: Row
    members: list[Row]
    links: list[Row]
    acts: list[Row]

    @property
    def gravest(self) -> Row | None:
        """By severity, then risk."""
        key = {name: n for n, name in enumerate(GRAVER)}
        return max(
            self.members, key=lambda m: (key[m["severity"]], m["risk"], m["alert_id"]), default=None
        )

    @property
    def state(self) -> str:
        """``past`` without findings, ``waiting`` while one is undecided, else ``decided``."""
        if not self.members:
            return "past"
        return "waiting" if any(m["state"] in _WAITING for m in self.members) else "decided"


@router.get("/incidents", include_in_schema=False)
async def show_all(request: Request, site: TheSite, officer: TheOfficer) -> HTMLResponse:
    """The unit's incidents, what waits first."""
    rows = await _rows(site, officer)
    return page(request, "incidents.html", officer=officer, rows=rows, most=MOST)


@router.get("/incidents/{incident_id}", include_in_schema=False)
async def show(request: Request, site: TheSite, officer: TheOfficer, incident_id: str) -> Response:
    """One incident; one that was merged leads to where its findings are."""
    whole = await _whole(site, officer, incident_id)
    if whole.row["merged_into"]:
        return RedirectResponse(f"/incidents/{whole.row['merged_into']}", status_code=303)
    return _page(request, site, officer, whole)


@router.post("/incidents/{incident_id}/{act}", include_in_schema=False)
async def regroup(  # noqa: PLR0917  a form's fields
    request: Request, site: TheSite, officer: TheOfficer, incident_id: str, act: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
    other: Annotated[str, Form(max_length=64)] = "",
    ground: Annotated[str, Form(max_length=GROUND_LIMIT)] = "",
) -> Response:  # fmt: skip
    """Takes a finding out, or puts another incident in; what cannot be done is said on the page."""
    check_csrf(request, csrf)
    whole = await _whole(site, officer, incident_id)
    try:
        await _regroup(site, officer, incident_id, act, other.strip(), ground)
    except BadRegrouping as error:
        return _page(request, site, officer, whole, problem=error.code, status=422)
    return RedirectResponse(f"/incidents/{incident_id}", status_code=303)


@router.get("/api/incidents", tags=["incidents"])
async def listed(site: TheSite, officer: TheOfficer) -> list[IncidentOut]:
    """The unit's incidents that have findings, what waits first."""
    return [
        IncidentOut(
            **{n: row[n] for n in IncidentOut.model_fields if n != "severity"},
            severity=row["severity"],
        )
        for row in await _rows(site, officer)
    ]


@router.get("/api/incidents/{incident_id}", tags=["incidents"])
async def one(site: TheSite, officer: TheOfficer, incident_id: str) -> WholeOut:
    """One incident with its findings and why they belong together."""
    return _out(await _whole(site, officer, incident_id))


@router.post("/api/incidents/{incident_id}/detach", tags=["incidents"])
async def detach_one(  # noqa: PLR0917  a call's parts
    request: Request, site: TheSite, officer: TheOfficer, incident_id: str, what: DetachIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> WholeOut:  # fmt: skip
    """Takes a finding out; 422 with a code where it cannot be."""
    return await _for_script(
        request, site, officer, incident_id, "detach", what.alert_id, what.ground, x_csrf_token
    )


@router.post("/api/incidents/{incident_id}/merge", tags=["incidents"])
async def merge_one(  # noqa: PLR0917  a call's parts
    request: Request, site: TheSite, officer: TheOfficer, incident_id: str, what: MergeIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> WholeOut:  # fmt: skip
    """Puts another incident's findings, or one finding, into this one."""
    return await _for_script(
        request, site, officer, incident_id, "merge", what.other_id, what.ground, x_csrf_token
    )


async def _for_script(  # noqa: PLR0917
    request: Request, site: Site, officer: Officer, incident_id: str, act: str, other: str,
    ground: str, token: str,
) -> WholeOut:  # fmt: skip
    check_csrf(request, token)
    await _whole(site, officer, incident_id)
    try:
        await _regroup(site, officer, incident_id, act, other, ground)
    except BadRegrouping as error:
        raise HTTPException(422, {"error": error.code}) from error
    return _out(await _whole(site, officer, incident_id))


async def _regroup(  # noqa: PLR0917
    site: Site, officer: Officer, incident_id: str, act: str, other: str, ground: str
) -> None:
    unit_id = require_unit(officer, Action.DECIDE, "alert")
    said = {"unit_id": unit_id, "by": officer.officer_id, "ground": ground}
    if act == "detach":
        await detach(site.database, incident_id, other, **said, now_ms=site.clock())
    elif act == "merge":
        await merge(site.database, other, incident_id, **said, now_ms=site.clock())
    else:
        raise HTTPException(404, "page")


async def _rows(site: Site, officer: Officer) -> list[Row]:
    unit_id = require_unit(officer, Action.LIST, "alert")
    rows = await site.database.rows("incidents_page", unit_id=unit_id, site_id="", most=MOST)
    return [
        row | {"severity": GRAVER[row["gravity"] - 1], "entry": site.rules.by_key(row["gravest"])}
        for row in rows
    ]


async def _whole(site: Site, officer: Officer, incident_id: str) -> Whole:
    """An incident of the officer's unit.

    Raises:
        HTTPException: 404, there is none.
        Refused: their role sees no alerts.
    """
    unit_id = require_unit(officer, Action.LIST, "alert")
    async with site.database.transaction() as tx:
        row = await tx.row("incident_row", incident_id=incident_id)
        if row is None or unit_id not in ("", row["unit_id"]):
            raise HTTPException(404, "incident")
        members = await tx.rows("incident_members", incident_id=incident_id)
        links = await tx.rows("incident_links", incident_id=incident_id)
        acts = await tx.rows("incident_acts", incident_id=incident_id)
    here = {member["alert_id"] for member in members}
    links = [link for link in links if link["alert_id"] in here and link["with_id"] in here]
    return Whole(row=row, members=members, links=links, acts=acts)


def _out(whole: Whole) -> WholeOut:
    gravest = whole.gravest
    return WholeOut(
        **{
            name: whole.row[name] for name in ("incident_id", "site_id", "opened_ms", "merged_into")
        },
        severity=gravest["severity"] if gravest else "low",
        state=whole.state,
        members=[MemberOut(**{n: m[n] for n in MemberOut.model_fields}) for m in whole.members],
        links=[LinkOut(**link) for link in whole.links],
    )


def _page(
    request: Request, site: Site, officer: Officer, whole: Whole, *, problem: str = "",
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    now_ms, language = site.clock(), language_of(request)
    entries = {member["alert_id"]: entry_of(site.rules, member) for member in whole.members}
    numbers = {member["alert_id"]: n for n, member in enumerate(whole.members, 1)}
    drawn = ""
    if whole.members:
        drawn = spans.svg(
            [
                _span(m, numbers[m["alert_id"]], entries[m["alert_id"]], language)
                for m in whole.members
            ],
            title=text(language, "incidents.line"), now_ms=now_ms,
        )  # fmt: skip
    known = {pair.name: pair.why for pair in life().pairs}
    return page(
        request, "incident.html", officer=officer, status=status, problem=problem, whole=whole,
        entries=entries, numbers=numbers, drawn=drawn, known=known,
        may=may_in_unit(officer, Action.DECIDE, "alert"),
    )  # fmt: skip


def _span(member: Row, number: int, entry: Entry | None, language: str) -> spans.Span:
    title: Any = member["rule_id"]
    if entry is not None:
        title = entry.title.zh if language == "zh" else entry.title.en
    return spans.Span(
        number=number, kind=member["device_kind"], label=f"{number} {title}",
        from_ms=member["start_ms"], detected_ms=member["detected_ms"], to_ms=member["end_ms"],
    )  # fmt: skip
