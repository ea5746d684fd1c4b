"""Owns an alert's page and the forms on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from dashboards.triage import chart
from dashboards.triage.access_door import require, require_alert, target
from dashboards.triage.browse import shown_of
from dashboards.triage.pages import Words, language_of, page
from dashboards.triage.record import Record, record_of
from dashboards.triage.reviewed import reviewed_of
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.access.targets import may_now
from pipelines.alerts.moves import (
    BadMove,
    NoSuchAlert,
    StaleMove,
    make_move,
)
from pipelines.alerts.moves import Request as MoveRequest
from pipelines.alerts.states import REASON_CODES, allowed
from pipelines.browse.shelf import SUFFIXES
from pipelines.quality.checklist import checklist

router = APIRouter(include_in_schema=False)


@router.get("/alerts/{alert_id}")
async def show(request: Request, site: TheSite, officer: TheOfficer, alert_id: str) -> HTMLResponse:
    """All that is known of one alert, and what can be done with it."""
    return await _page(request, site, officer, alert_id)


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


async def _page(
    request: Request,
    site: Site,
    officer: Officer,
    alert_id: str,
    *,
    status: int = 200,
    problem: str = "",
    tried: MoveRequest | None = None,
) -> HTMLResponse:
    found = await target(site, "alert", alert_id)
    await require(site, officer, Action.LIST, found)
    record = await record_of(site, alert_id)
    if record is None:
        raise HTTPException(404, "alert")
    may = await may_now(site.database, officer.actor, found, now_ms=site.clock())
    words = Words(language_of(request), site.clock())
    return page(
        request,
        "alert.html",
        officer=officer,
        status=status,
        r=record,
        a=record.alert,
        chart=Markup(chart.svg(chart_of(record, words))) if record.points else None,  # noqa: S704
        may=may,
        actions=allowed(str(record.alert["state"])) if "decide" in may else (),
        reason_codes=REASON_CODES,
        explained=record.explanation[words.language],
        clips=shown_of(site.copies, alert_id, record.objects) if "view_copy" in may else (),
        copied=SUFFIXES,
        reviewed=await reviewed_of(site, officer.officer_id, alert_id),
        asked={question.id: question.asked for question in checklist().question},
        problem=problem,
        tried=tried,
    )


def chart_of(record: Record, words: Words) -> chart.Chart:
    """What the page draws of a record."""
    alert = record.alert
    quantity = alert["quantity"] or ("people" if alert["device_kind"] == "camera" else "")
    title = words.name("quantity", quantity)
    drawn = alert["unit"] == _unit_of(record)
    end = int(alert["end_ms"] or alert["detected_ms"])
    return chart.Chart(
        points=record.points,
        from_ms=record.window_ms[0],
        to_ms=record.window_ms[1],
        interval_ms=record.interval_ms,
        unit=f"{title} {words.name('unit', _unit_of(record))}".strip(),
        low=alert["low"] if drawn else None,
        high=alert["high"] if drawn else None,
        breach=(int(alert["start_ms"]), end),
        detected_ms=int(alert["detected_ms"]),
        words=chart.Words(
            title=title,
            low=words.text("chart.low"),
            high=words.text("chart.high"),
            breach=words.text("chart.breach"),
            gap=words.text("chart.gap"),
            now=words.text("chart.detected"),
            zone=words.text("chart.zone"),
        ),
    )


def _unit_of(record: Record) -> str:
    """The unit of what is drawn; a rule's own unit (hours kept, seconds silent) may differ."""
    if record.alert["device_kind"] == "camera":
        return "people"
    return str(record.alert["series_unit"] or record.alert["unit"])
