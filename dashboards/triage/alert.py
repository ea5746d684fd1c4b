"""Owns an alert's page and the forms on it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from dashboards.triage import bars, plan
from dashboards.triage.access_door import require, require_alert, require_unit, target
from dashboards.triage.around import Around, around_of
from dashboards.triage.beforehand import beforehand
from dashboards.triage.browse import shown_of
from dashboards.triage.drawn import drawn_of
from dashboards.triage.pages import Words, language_of, page
from dashboards.triage.past import Past, past_of
from dashboards.triage.record import record_of
from dashboards.triage.reminding import reminding
from dashboards.triage.reviewed import reviewed_of
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from dashboards.triage.verdict import verdict_of
from pipelines.access.policy import Action
from pipelines.access.targets import may_now
from pipelines.alerts.moves import (
    BadMove,
    NoSuchAlert,
    StaleMove,
    make_move,
)
from pipelines.alerts.moves import Request as MoveRequest
from pipelines.alerts.states import REASON_CODES, By, allowed
from pipelines.browse.shelf import SUFFIXES
from pipelines.quality.checklist import checklist

router = APIRouter(include_in_schema=False)
KEYED = (
    ("confirm", "c"), ("dismiss", "d"), ("unsure", "u"), ("remind", "r"), ("acknowledge", "a"),
    ("take_up", "t"), ("hand_back", "h"), ("reopen", "o"),
)  # fmt: skip
"""The moves an officer makes here and the key of each."""


@router.get("/alerts/{alert_id}")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, series: int = 0
) -> HTMLResponse:
    """All that is known of one alert, and what can be done with it."""
    return await _page(request, site, officer, alert_id, series=series)


@router.post("/alerts/{alert_id}")
async def move(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    alert_id: str,
    action: Annotated[str, Form()],
    csrf: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    reason_code: Annotated[str, Form()] = "",
    ground: Annotated[str, Form()] = "",
) -> Response:
    """Carries out a form; a stale one gets a page that says so (409)."""
    check_csrf(request, csrf)
    await require_alert(site, officer, Action.DECIDE, alert_id)
    wanted = MoveRequest(
        alert_id=alert_id,
        action=action,
        actor=officer.officer_id,
        reason_code=reason_code,
        ground=ground,
        seen=seen,
    )
    try:
        await make_move(site.database, wanted, now_ms=site.clock())
    except NoSuchAlert as error:
        raise HTTPException(404, "alert") from error
    except StaleMove as stale:
        return page(
            request, "stale.html", officer=officer, status=409, alert_id=alert_id, state=stale.state
        )
    except BadMove as bad:
        return await _page(
            request, site, officer, alert_id, status=422, problem=bad.code, tried=wanted
        )
    return RedirectResponse(f"/alerts/{alert_id}", status_code=303)


@router.get("/alerts/{alert_id}/next")
async def after(
    site: TheSite,
    officer: TheOfficer,
    alert_id: str,
    at: Annotated[int | None, Query(ge=-(2**62), le=2**62)] = None,
) -> Response:
    """On to the alert that waits after this one; back to the queue when none does.

    ``at`` is where it stood in the queue (``rank_ms``) when its page was made: a verdict moves it.
    """
    await require_alert(site, officer, Action.LIST, alert_id)
    found = await site.database.row(
        "triage_page_next", alert_id=alert_id, officer_id=officer.officer_id, at=at,
        unit_id=require_unit(officer, Action.LIST, "alert"),
    )  # fmt: skip
    return RedirectResponse(f"/alerts/{found['alert_id']}" if found else "/", status_code=303)


async def _page(
    request: Request,
    site: Site,
    officer: Officer,
    alert_id: str,
    *,
    status: int = 200,
    problem: str = "",
    tried: MoveRequest | None = None,
    series: int = 0,
) -> HTMLResponse:
    found = await target(site, "alert", alert_id)
    await require(site, officer, Action.LIST, found)
    record = await record_of(site, alert_id)
    if record is None:
        raise HTTPException(404, "alert")
    words = Words(language_of(request), site.clock())
    may, around, past, ahead, drawn, reviewed = await asyncio.gather(
        may_now(site.database, officer.actor, found, now_ms=site.clock()),
        around_of(site, record.alert),
        past_of(site, record.alert),
        beforehand(site, alert_id),
        drawn_of(site, record.alert, words, series),
        reviewed_of(site, officer.officer_id, alert_id),
    )
    return page(
        request,
        "alert.html",
        officer=officer,
        status=status,
        r=record,
        a=record.alert,
        drawn=drawn,
        around=around,
        past=past,
        bars=Markup(_bars(past, words)),  # noqa: S704  escapes every text
        plan=Markup(_plan(around, words)),  # noqa: S704
        ahead=ahead,
        remind=await reminding(site, record.alert),
        may=may,
        actions=allowed(str(record.alert["state"]), _by(officer)) if "decide" in may else (),
        keyed=KEYED,
        verdict=verdict_of(words.language),
        reason_codes=REASON_CODES,
        explained=record.explanation[words.language],
        clips=shown_of(site.copies, alert_id, record.objects) if "view_copy" in may else (),
        copied=SUFFIXES,
        reviewed=reviewed,
        asked={question.id: question.asked for question in checklist().question},
        problem=problem,
        tried=tried,
    )


def _by(officer: Officer) -> By:
    return "leader" if officer.role == "leader" else "officer"


def _bars(past: Past, words: Words) -> str:
    named = {kind: words.text(f"page.{kind}") for kind in ("confirmed", "dismissed", "waiting")}
    return bars.svg(past.months, named | {"title": words.text("page.months")})


def _plan(around: Around, words: Words) -> str:
    names = [
        (
            words.pick(stand.row, "name"),
            str(stand.row["device_id"] or ""),
            words.name("page_present", stand.present),
        )
        for stand in around.stands
    ]
    return plan.svg(around.stands, names, title=words.text("page.plan"))
