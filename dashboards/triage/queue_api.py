"""Owns the queue's further routes for scripts: many moves at once, and how far rules are right."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Request
from pydantic import BaseModel, Field

from dashboards.triage.access_door import require_unit
from dashboards.triage.precision import RulePrecision, precision_of
from dashboards.triage.queue_bulk import move_many
from dashboards.triage.session import TheOfficer, check_csrf
from dashboards.triage.site import TheSite
from pipelines.access.policy import Action
from pipelines.alerts.moves import GROUND_LIMIT, MOST_AT_ONCE, BadMove

router = APIRouter(prefix="/api", tags=["triage"])


class MovesIn(BaseModel):
    """The same move on many alerts. Never ``confirm``: each breach needs a look of its own."""

    alert_ids: list[Annotated[str, Field(max_length=64)]] = Field(max_length=MOST_AT_ONCE)
    action: Literal["acknowledge", "dismiss", "assign", "hand_back"]
    reason_code: str = Field("", max_length=40)
    ground: str = Field("", max_length=GROUND_LIMIT)
    given_to: str = Field("", max_length=64)


class MovedOut(BaseModel):
    """What came of one; ``problem`` is empty where it moved (``stale``: ``state`` says which)."""

    alert_id: str
    state: str
    problem: str
    repeated: bool


@router.post("/alerts/moves")
async def post_moves(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    moves: MovesIn,
    x_csrf_token: Annotated[str, Header()] = "",
) -> list[MovedOut]:
    """Moves each for itself, in order; a failure stops none. 422 when it cannot be done in bulk."""
    check_csrf(request, x_csrf_token)
    try:
        came = await move_many(
            site, officer, moves.alert_ids, action=moves.action, reason_code=moves.reason_code,
            ground=moves.ground, given_to=moves.given_to,
        )  # fmt: skip
    except BadMove as bad:
        raise HTTPException(422, bad.code) from bad
    return [
        MovedOut(alert_id=c.alert_id, state=c.state, problem=c.problem, repeated=c.repeated)
        for c in came
    ]


@router.get("/verdicts/rules")
async def get_precision(
    site: TheSite, officer: TheOfficer, days: Annotated[int, Query(ge=1, le=3660)] = 365
) -> list[RulePrecision]:
    """How often officers found a rule right, with Wilson's interval and a suggestion (OFF-7)."""
    unit_id = require_unit(officer, Action.LIST, "alert")
    return await precision_of(site, unit_id, days=days)
