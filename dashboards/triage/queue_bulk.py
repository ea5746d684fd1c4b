"""Owns moving many alerts at once. Each goes for itself: its own transaction, event and answer.

Confirming is never done in bulk: it may end in a penalty, so each breach needs a look of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse

from dashboards.triage.access_door import Refused, require_alert
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.alerts.moves import (
    GROUND_LIMIT,
    MOST_AT_ONCE,
    BadMove,
    NoSuchAlert,
    StaleMove,
    by_of,
    make_move,
)
from pipelines.alerts.moves import Request as MoveRequest

router = APIRouter(include_in_schema=False)

IN_BULK = ("acknowledge", "dismiss", "assign", "hand_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one alert: its state now; ``problem`` is empty where it moved.

    ``problem``: ``stale``, ``not_found``, ``refused``, or a code of ``BadMove``.
    """

    alert_id: str
    state: str = ""
    problem: str = ""
    repeated: bool = False


async def move_many(site: Site, officer: Officer, alert_ids: list[str], **move: Any) -> list[Came]:
    """Makes the same move on each, in order; one that fails stops none.

    Args:
        move: ``action``, ``reason_code``, ``ground`` and ``given_to`` of ``moves.Request``.

    Raises:
        BadMove: ``not_in_bulk``, or more than ``MOST_AT_ONCE``.
    """
    if move["action"] not in IN_BULK:
        raise BadMove("not_in_bulk")
    wanted = list(dict.fromkeys(alert_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise BadMove("too_many")
    return [await _one(site, officer, alert_id, move) for alert_id in wanted]


async def _one(site: Site, officer: Officer, alert_id: str, move: dict[str, Any]) -> Came:
    try:
        await require_alert(site, officer, Action.DECIDE, alert_id)
        request = MoveRequest(
            alert_id=alert_id, actor=officer.officer_id, by=by_of(officer.role), **move
        )
        made = await make_move(site.database, request, now_ms=site.clock())
    except (NoSuchAlert, HTTPException):
        return Came(alert_id=alert_id, problem="not_found")
    except Refused:
        return Came(alert_id=alert_id, problem="refused")
    except StaleMove as stale:
        return Came(alert_id=alert_id, problem="stale", state=stale.state)
    except BadMove as bad:
        return Came(alert_id=alert_id, problem=bad.code)
    return Came(alert_id=alert_id, state=made.state, repeated=made.repeated)


@router.post("/queue/bulk")
async def bulk(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    action: Annotated[str, Form(max_length=20)],
    alert_id: Annotated[list[str] | None, Form(max_length=500)] = None,
    reason_code: Annotated[str, Form(max_length=40)] = "",
    ground: Annotated[str, Form(max_length=GROUND_LIMIT)] = "",
    given_to: Annotated[str, Form(max_length=64)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse:
    """The form under the queue: a page that lists what moved and what did not, and why."""
    check_csrf(request, csrf)
    try:
        came = await move_many(
            site, officer, alert_id or [], action=action, given_to=given_to, ground=ground,
            reason_code=reason_code,
        )  # fmt: skip
    except BadMove as bad:
        return page(
            request, "bulk_done.html", officer=officer, status=422, done=[], failed=[],
            problem=bad.code,
        )  # fmt: skip
    failed = [each for each in came if each.problem]
    done = [each for each in came if not each.problem]
    return page(
        request, "bulk_done.html", officer=officer, status=200 if done or not failed else 422,
        done=done, failed=failed, problem="",
    )  # fmt: skip
