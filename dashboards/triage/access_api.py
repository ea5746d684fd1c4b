"""Owns requests for access for scripts: JSON in, JSON out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel, Field

from dashboards.triage.access_door import require_unit
from dashboards.triage.access_pages import answered, standing, status_of, visible
from dashboards.triage.session import TheOfficer, check_csrf
from dashboards.triage.site import TheSite
from pipelines.access import requests
from pipelines.access.policy import Action
from pipelines.access.requests import TEXT_LIMIT, Asking, NotAsked
from pipelines.store.database import Row

router = APIRouter(prefix="/api/access", tags=["access"])
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]
Token = Annotated[str, Header()]


class AskIn(BaseModel):
    """A written request; times are epoch milliseconds UTC."""

    action: Literal["view", "export"] = "view"
    kind: Literal["alert", "record"]
    id: str = Field(max_length=64)
    reason: Text
    matter: Text
    from_ms: int
    to_ms: int


class AnswerIn(BaseModel):
    """A leader's answer, always with a reason."""

    outcome: Literal["approve", "refuse", "withdraw"]
    reason: Text


class Asked(BaseModel):
    """A request as it stands."""

    request_id: str
    action: str
    target_kind: str
    target_id: str
    applicant: str
    reason: str
    matter: str
    from_ms: int
    to_ms: int
    asked_ms: int
    decided_by: str | None
    decided_ms: int | None
    answer: str
    stands: str

    @classmethod
    def of(cls, row: Row, now_ms: int) -> Asked:
        """The wire form of a row."""
        known = {name: row[name] for name in cls.model_fields if name in row}
        return cls(**known, stands=standing(row, now_ms))


@router.get("/requests")
async def listed(site: TheSite, officer: TheOfficer) -> list[Asked]:
    """What I asked for."""
    require_unit(officer, Action.REQUEST_ACCESS, "alert")
    rows = await site.database.rows("access_mine", officer_id=officer.officer_id)
    return [Asked.of(row, site.clock()) for row in rows]


@router.get("/waiting")
async def waiting(site: TheSite, officer: TheOfficer) -> list[Asked]:
    """What waits for my answer."""
    unit_id = require_unit(officer, Action.APPROVE_ACCESS, "alert")
    rows = await site.database.rows("access_of_unit", unit_id=unit_id)
    now_ms = site.clock()
    mine = [r for r in rows if r["decided_by"] is None and requests.may_answer(officer.actor, r)]
    return [Asked.of(row, now_ms) for row in mine if row["to_ms"] > now_ms]


@router.post("/requests", status_code=201)
async def ask(
    *, request: Request, site: TheSite, officer: TheOfficer, asked: AskIn, x_csrf_token: Token = ""
) -> Asked:
    """Asks. 422 incomplete or not needed, 403 never granted, 404 no such target."""
    check_csrf(request, x_csrf_token)
    try:
        request_id = await requests.ask(
            site.database, officer.actor, Asking(**asked.model_dump()), now_ms=site.clock()
        )
    except NotAsked as problem:
        raise HTTPException(status_of(problem), problem.code) from problem
    return Asked.of(await visible(site, officer, request_id), site.clock())


@router.post("/requests/{request_id}/answer")
async def answer(
    *, request: Request, site: TheSite, officer: TheOfficer, request_id: str, given: AnswerIn,
    x_csrf_token: Token = "",
) -> Asked:  # fmt: skip
    """Approves, refuses or takes back. 403 not theirs to answer, 409 answered or over."""
    check_csrf(request, x_csrf_token)
    try:
        await answered(site, officer, request_id, given.outcome, given.reason)
    except NotAsked as problem:
        raise HTTPException(status_of(problem), problem.code) from problem
    return Asked.of(await visible(site, officer, request_id), site.clock())
