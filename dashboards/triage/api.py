"""Owns the same moves for scripts: JSON in, JSON out, described by OpenAPI."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from dashboards.triage.access_door import require_alert
from dashboards.triage.queue_filters import TheFilters
from dashboards.triage.queue_read import CURSOR, Cursor, page_of
from dashboards.triage.record import Record, record_of
from dashboards.triage.session import (
    LocalSignInOff,
    TheOfficer,
    TooManyAttempts,
    check_csrf,
    csrf_token,
    sign_in,
    sign_out,
)
from dashboards.triage.site import TheSite
from detectors.catalogue import Entry
from pipelines.access.policy import Action
from pipelines.alerts.moves import (
    GROUND_LIMIT,
    BadMove,
    Moved,
    NoSuchAlert,
    StaleMove,
    by_of,
    make_move,
)
from pipelines.alerts.moves import Request as MoveRequest
from pipelines.alerts.states import By, allowed
from pipelines.browse.shelf import SUFFIXES
from pipelines.store.database import Row

router = APIRouter(prefix="/api", tags=["triage"])

Move = Literal[
    "acknowledge", "hand_back", "take_up", "assign", "remind", "confirm", "dismiss", "unsure",
    "reopen",
]  # fmt: skip


class Credentials(BaseModel):
    """Who asks to be let in."""

    officer_id: str = Field(max_length=64)
    password: str = Field(max_length=1024)


class Session(BaseModel):
    """Send ``csrf_token`` back as ``X-CSRF-Token`` with every POST; the cookie does the rest."""

    officer_id: str
    role: str
    csrf_token: str


class AlertSummary(BaseModel):
    """One line of the queue. Times are epoch milliseconds UTC."""

    alert_id: str
    rule_id: str
    rule_version: str
    title_zh: str
    title_en: str
    severity: str
    state: str
    grade: str
    risk: float
    party_id: str
    party_zh: str
    party_en: str
    site_id: str
    place: str
    start_ms: int
    detected_ms: int
    end_ms: int | None
    due_ms: int | None
    assignee: str
    incident_id: str
    held_by: str
    value: float | None
    unit: str
    low: float | None
    high: float | None


class Law(BaseModel):
    """What the finding breaks, and how sure we are of it."""

    name: str
    article: str
    penalty_name: str | None
    penalty_article: str | None
    source: str
    confidence: str


class EvidenceObject(BaseModel):
    """One sealed object; ``url`` answers range requests.

    ``derivative``: the original shows people and stays sealed. ``url`` gives a picture's copy with
    hidden faces and the reader's mark (202 while it is being made), or a film's player;
    ``POST /api/views`` opens what it shows.
    """

    role: str
    name: str
    sha256: str
    size_bytes: int
    media_type: str
    url: str
    derivative: bool


class AuditEvent(BaseModel):
    """One entry of the audit trail."""

    at_ms: int
    actor: str
    action: str
    reason_code: str
    ground: str


class AlertDetail(AlertSummary):
    """An alert with its arithmetic, law, evidence and history."""

    inputs: dict[str, Any]
    grade_reasons: list[str]
    law: Law | None
    sealed_at_ms: int | None
    manifest_sha256: str | None
    objects: list[EvidenceObject]
    events: list[AuditEvent]
    case_state: str | None
    moves: list[str]


class MoveIn(BaseModel):
    """A move; ``seen`` (optional) is the state it was decided upon, so that a stale one fails."""

    action: Move
    reason_code: str = Field("", max_length=40)
    ground: str = Field("", max_length=GROUND_LIMIT)
    seen: str = Field("", max_length=20)
    given_to: str = Field("", max_length=64)


class MoveOut(BaseModel):
    """What came of it; ``repeated`` when the same move had been made before."""

    alert_id: str
    state: str
    event_id: str
    repeated: bool

    @classmethod
    def of(cls, moved: Moved) -> MoveOut:
        """The wire form of a ``Moved``."""
        return cls(
            alert_id=moved.alert_id,
            state=moved.state,
            event_id=moved.event_id,
            repeated=moved.repeated,
        )


@router.post("/session")
async def open_session(request: Request, site: TheSite, who: Credentials) -> Session:
    """Signs in: sets the session cookie and gives the CSRF token. 401 wrong, 429 too often."""
    try:
        officer = await sign_in(request, site, who.officer_id, who.password)
    except TooManyAttempts as error:
        raise HTTPException(
            429, "too_many_attempts", headers={"Retry-After": str(error.wait_s)}
        ) from error
    except LocalSignInOff as error:
        raise HTTPException(403, "local_sign_in_off") from error
    if officer is None:
        raise HTTPException(401, "wrong_name_or_password")
    return Session(officer_id=officer.officer_id, role=officer.role, csrf_token=csrf_token(request))


@router.delete("/session", status_code=204)
async def close_session(request: Request, x_csrf_token: Annotated[str, Header()] = "") -> Response:
    """Signs out."""
    check_csrf(request, x_csrf_token)
    await sign_out(request)
    return Response(status_code=204)


@router.get("/alerts")
async def list_alerts(
    *,
    site: TheSite,
    officer: TheOfficer,
    response: Response,
    filters: TheFilters,
    site_id: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[str, Query(pattern=f"^$|{CURSOR}", max_length=90)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[AlertSummary]:
    """The queue in its order; ``Link`` names the next page where there is one.

    The order: when an alert's clock ends, earlier by a quarter of an hour for each point of risk.
    """
    if site_id:
        filters = replace(filters, site=site_id)
    found = await page_of(site, officer, filters, Cursor(after=after), limit=limit)
    if found.after:
        more = urlencode({"after": found.after, "limit": limit})
        response.headers["Link"] = f'</api/alerts?{filters.query}&{more}>; rel="next"'
    return [AlertSummary(**_summary(row, row["entry"])) for row in found.rows]


@router.get("/alerts/{alert_id}")
async def get_alert(site: TheSite, officer: TheOfficer, alert_id: str) -> AlertDetail:
    """One alert with all that its page shows but the chart."""
    await require_alert(site, officer, Action.LIST, alert_id)
    record = await record_of(site, alert_id)
    if record is None:
        raise HTTPException(404, "no_such_alert")
    return _detail(record, by_of(officer.role))


@router.post("/alerts/{alert_id}/moves")
async def post_move(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    alert_id: str,
    move: MoveIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> MoveOut:
    """One move; ``reopen`` is a leader's. 409 stale, 422 incomplete."""
    check_csrf(request, x_csrf_token)
    await require_alert(site, officer, Action.DECIDE, alert_id)
    wanted = MoveRequest(
        alert_id=alert_id, actor=officer.officer_id, by=by_of(officer.role), **move.model_dump()
    )
    try:
        return MoveOut.of(await make_move(site.database, wanted, now_ms=site.clock()))
    except NoSuchAlert as error:
        raise HTTPException(404, "no_such_alert") from error
    except StaleMove as stale:
        raise HTTPException(409, {"error": "stale", "state": stale.state}) from stale
    except BadMove as bad:
        raise HTTPException(422, bad.code) from bad


def _summary(row: Row, entry: Entry | None) -> dict[str, Any]:
    title = {
        "title_zh": entry.title.zh if entry else row["rule_id"],
        "title_en": entry.title.en if entry else row["rule_id"],
    }
    return {name: row[name] for name in AlertSummary.model_fields if name in row} | title


def _detail(record: Record, by: By) -> AlertDetail:
    alert, sealed = record.alert, record.evidence
    return AlertDetail(
        **_summary(alert, record.entry),
        inputs=alert["inputs"],
        grade_reasons=alert["grade_reasons"],
        law=_law(record.entry),
        sealed_at_ms=sealed["sealed_at_ms"] if sealed else None,
        manifest_sha256=sealed["manifest_sha256"] if sealed else None,
        objects=[
            EvidenceObject(
                **o,
                url=f"/alerts/{alert['alert_id']}/{'copies' if copied else 'objects'}/{o['name']}",
                derivative=copied,
            )
            for o in record.objects
            for copied in [o["media_type"] in SUFFIXES]
        ],
        events=[AuditEvent(**{k: e[k] for k in AuditEvent.model_fields}) for e in record.events],
        case_state=record.case["state"] if record.case else None,
        moves=list(allowed(str(alert["state"]), by)),
    )


def _law(entry: Entry | None) -> Law | None:
    if entry is None:
        return None
    return Law(
        name=entry.law.name,
        article=entry.law.article,
        penalty_name=entry.penalty.name if entry.penalty else None,
        penalty_article=entry.penalty.article if entry.penalty else None,
        source=entry.source,
        confidence=entry.confidence,
    )
