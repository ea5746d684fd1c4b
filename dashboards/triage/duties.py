"""Owns the page on how duties were done, and the forms on it: entries, objections, the package.

Counts and decides nothing itself. A leader sees the unit, everybody else themselves.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from dashboards.triage.access_door import Refused
from dashboards.triage.duty_span import Span, span_of
from dashboards.triage.packages import folder_of
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action, Target, decide
from pipelines.accountability.actors import steps
from pipelines.accountability.diligence import Wanted, package
from pipelines.accountability.facts import NoSuchSubject, facts_of, subject_of
from pipelines.accountability.gather import observe
from pipelines.accountability.leads import leads
from pipelines.accountability.objections import answer_objection, object_to
from pipelines.accountability.posts import posts
from pipelines.accountability.register import MOST_FILE_BYTES, Diligence, kinds, record
from pipelines.accountability.report import report
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours
from pipelines.evidence.keys import Keys

router = APIRouter(include_in_schema=False)
MOST_LEADS = 200
Word = Annotated[str, Form(max_length=4000)]
Id = Annotated[str, Form(max_length=200)]
Day = Annotated[str, Query(max_length=10)]


@router.get("/duties")
async def show(
    *, request: Request, site: TheSite, officer: TheOfficer,
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> HTMLResponse:  # fmt: skip
    """How duties were done in a period; thirty days when none is named."""
    return await _page(request, site, officer, span_of(since, until, site.clock()))


@router.get("/duties/actors/{kind}/{subject_id}")
async def actors(
    request: Request, site: TheSite, officer: TheOfficer, kind: str, subject_id: str
) -> HTMLResponse:
    """Who acted at each step (art. 10)."""
    async with site.database.transaction() as tx:
        try:
            subject = await subject_of(tx, kind, subject_id)
        except NoSuchSubject as error:
            raise HTTPException(404, "object") from error
        facts = await facts_of(tx, subject)
        found = steps(subject, facts, await posts(tx))
    acted = frozenset(fact.actor for fact in facts)
    about = Target(kind="unit", id=subject.id, unit_id=subject.unit_id, owners=acted)
    allowed = decide(officer.actor, Action.SEE_DUTY, about)
    if not allowed.allowed:
        raise Refused(officer, Action.SEE_DUTY, about, allowed)
    return page(
        request, "duty_actors.html", officer=officer, subject=subject, steps=found,
        names=await names_of(site),
    )  # fmt: skip


@router.post("/duties/entries")
async def enter(
    *, request: Request, site: TheSite, officer: TheOfficer, csrf: Id = "", kind: Id = "",
    title: Word = "", words: Word = "", day: Id = "", whose: Id = "",
    file: UploadFile | None = None,
) -> Response:  # fmt: skip
    """Enters what shows diligence, of oneself or of an officer of the unit."""
    check_csrf(request, csrf)
    span = span_of(day, day, site.clock())
    if not day or not span.right:
        return await _again(request, site, officer, NotSaid("incomplete", "no such day"))
    try:
        data, name = await _file(file)
        stored = await asyncio.to_thread(site.objects.put, data) if data else None
        entry = Diligence(
            officer_id=whose.strip() or officer.officer_id, kind=kind, title=title, words=words,
            at_ms=span.from_ms, file_name=name, file=stored,
        )  # fmt: skip
        await record(site.database, officer.actor, entry, now_ms=site.clock())
    except (NotSaid, NotYours) as error:
        return await _again(request, site, officer, error)
    return RedirectResponse("/duties#entries", status_code=303)


@router.post("/duties/objections")
async def object_(
    *, request: Request, site: TheSite, officer: TheOfficer, csrf: Id = "", kind: Id = "",
    subject_id: Id = "", superior: Id = "", ordered: Word = "", objection: Word = "",
) -> Response:  # fmt: skip
    """Records an objection to a superior's order (ACC-11 (7))."""
    check_csrf(request, csrf)
    try:
        await object_to(
            site.database, officer.actor, kind=kind, subject_id=subject_id.strip(),
            superior=superior.strip(), ordered=ordered, objection=objection, now_ms=site.clock(),
        )  # fmt: skip
    except (NotSaid, NotYours, NoSuchSubject) as error:
        return await _again(request, site, officer, error)
    return RedirectResponse("/duties#objections", status_code=303)


@router.post("/duties/objections/{objection_id}")
async def answer(
    *, request: Request, site: TheSite, officer: TheOfficer, objection_id: str, csrf: Id = "",
    words: Word = "", outcome: Id = "",
) -> Response:  # fmt: skip
    """The superior's answer."""
    check_csrf(request, csrf)
    if outcome not in ("adopt", "overrule"):
        return await _again(request, site, officer, NotSaid("incomplete", "adopted or not"))
    try:
        await answer_objection(
            site.database, officer.actor, objection_id, adopted=outcome == "adopt", words=words,
            now_ms=site.clock(),
        )  # fmt: skip
    except (NotSaid, NotYours) as error:
        return await _again(request, site, officer, error)
    return RedirectResponse("/duties#objections", status_code=303)


@router.post("/duties/diligence")
async def diligence(
    *, request: Request, site: TheSite, officer: TheOfficer, csrf: Id = "", whose: Id = "",
    reason: Word = "", since: Annotated[str, Form(alias="from", max_length=10)] = "",
    until: Annotated[str, Form(alias="to", max_length=10)] = "",
) -> Response:  # fmt: skip
    """The package of diligence; the log tells of it before it is given."""
    check_csrf(request, csrf)
    span, who = span_of(since, until, site.clock()), whose.strip() or officer.officer_id
    wanted = Wanted(officer_id=who, from_ms=span.from_ms, to_ms=span.to_ms, reason=reason.strip())
    path = folder_of(site.settings) / f"diligence-{secrets.token_hex(8)}.zip"
    keys = Keys(site.settings.keys)
    try:
        async with site.packing:
            await package(
                site.database, site.objects, keys, officer.actor, wanted, target=path,
                now_ms=site.clock(),
            )  # fmt: skip
    except (NotSaid, NotYours) as error:
        return await _again(request, site, officer, error)
    return FileResponse(
        path, media_type="application/zip", filename=f"diligence-{span.first}-{span.last}.zip",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )  # fmt: skip


async def names_of(site: Site) -> dict[str, dict[str, str]]:
    """Officers and units by id, for showing their names."""
    return {row["officer_id"]: row for row in await site.database.rows("duty_names")}


async def _file(file: UploadFile | None) -> tuple[bytes, str]:
    if file is None or not file.filename:
        return b"", ""
    data = await file.read(MOST_FILE_BYTES + 1)
    if len(data) > MOST_FILE_BYTES:
        raise NotSaid("too_long", "the file is larger than 10 MB")
    return data, file.filename.replace("\\", "/").rpartition("/")[2]


async def _again(
    request: Request, site: Site, officer: Officer, error: NotSaid | NotYours | NoSuchSubject
) -> HTMLResponse:
    code = "no_subject" if isinstance(error, NoSuchSubject) else error.code
    status = 403 if isinstance(error, NotYours) else 422
    span = span_of("", "", site.clock())
    return await _page(request, site, officer, span, problem=code, status=status)


async def _page(
    request: Request, site: Site, officer: Officer, span: Span, *, problem: str = "",
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    whole = _sees_unit(officer)
    seen = await observe(
        site.database, site.rules, unit_id=officer.unit_id, from_ms=span.from_ms,
        to_ms=span.to_ms, now_ms=site.clock(),
    )  # fmt: skip
    found = leads(seen)
    mine = (officer.officer_id,) if not whole else (*seen.officers, "")
    period = {"from_ms": span.from_ms, "to_ms": span.to_ms}
    me = {"officer_id": officer.officer_id, **period}
    return page(
        request, "duties.html", officer=officer, status=status, problem=problem, span=span,
        whole=whole, cut=seen.cut,
        rows=[row for row in report(seen, found) if row.officer_id in mine],
        leads=[lead for lead in found if whole or lead.officer_id in mine][:MOST_LEADS],
        objections=await site.database.rows(
            "duty_objections_page", unit_id=officer.unit_id if whole else "", **me
        ),
        entries=await site.database.rows("duty_entries_page", **me),
        kinds=kinds(), names=await names_of(site),
    )  # fmt: skip


def _sees_unit(officer: Officer) -> bool:
    """Whether they see the whole unit; refuses who does not even see themselves here."""
    unit = Target(kind="unit", id=officer.unit_id, unit_id=officer.unit_id)
    if decide(officer.actor, Action.SEE_DUTY, unit).allowed:
        return True
    own = Target(kind="unit", id=officer.officer_id, unit_id=officer.unit_id,
                 owners=frozenset({officer.officer_id}))  # fmt: skip
    found = decide(officer.actor, Action.SEE_DUTY, own)
    if not found.allowed:
        raise Refused(officer, Action.SEE_DUTY, own, found)
    return False
