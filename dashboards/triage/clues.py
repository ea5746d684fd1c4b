"""Owns the officers' pages of clues: the queue by what is due, and one clue. Decides nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from dashboards.triage.access_door import require, require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action, Target
from pipelines.clocks.keep import terms_of
from pipelines.clues.moves import (
    GROUND_LIMIT,
    BadMove,
    StaleMove,
    make_move,
    offered,
)  # fmt: skip
from pipelines.clues.moves import (
    Request as MoveRequest,
)
from pipelines.clues.sending import resend
from pipelines.clues.types import OUTCOMES
from pipelines.store.database import Row

router = APIRouter()
MOST = 300
MOST_REFUSED = 20
Shown = Literal["open", "unmatched", "received", "accepted", "assigned", "acted_on", "answered",
                "returned", "closed", "all"]  # fmt: skip
SHOWN: tuple[Shown, ...] = (
    "open", "unmatched", "received", "accepted", "assigned", "acted_on", "answered", "returned",
    "closed", "all",
)  # fmt: skip


class ClueOut(BaseModel):
    """A clue as it stands. Times are epoch milliseconds UTC; an empty party is not matched yet."""

    clue_id: str
    platform: str
    platform_id: str
    title: str
    state: str
    received_ms: int
    due_ms: int | None
    uscc: str
    party_id: str
    assignee: str


@router.get("/clues", include_in_schema=False)
async def show(
    request: Request, site: TheSite, officer: TheOfficer, state: Shown = "open"
) -> HTMLResponse:
    """The unit's clues, the most pressing first."""
    rows = await _rows(site, officer, state)
    refused = await site.database.rows(
        "clues_refused", unit_id=require_unit(officer, Action.HANDLE_CLUE), at_most=MOST_REFUSED
    )
    return page(
        request, "clues.html", officer=officer, clues=rows, state=state, states=SHOWN, most=MOST,
        refused=refused,
    )  # fmt: skip


@router.get("/clues/{clue_id}", include_in_schema=False)
async def one(request: Request, site: TheSite, officer: TheOfficer, clue_id: str) -> HTMLResponse:
    """What is claimed, what was done, and what can be done now."""
    return await _page(request, site, officer, await _clue(site, officer, clue_id))


@router.post("/clues/{clue_id}", include_in_schema=False)
async def move(  # noqa: PLR0917  a form's fields
    request: Request, site: TheSite, officer: TheOfficer, clue_id: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
    action: Annotated[str, Form(max_length=20)] = "",
    detail: Annotated[str, Form(max_length=200)] = "",
    ground: Annotated[str, Form(max_length=GROUND_LIMIT + 1)] = "",
    seen: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Makes a move, or sends a dead letter again; what cannot be done is said on the page."""
    check_csrf(request, csrf)
    clue = await _clue(site, officer, clue_id)
    if action == "resend":
        if detail.startswith(f"{clue_id}-"):
            await resend(site.database, detail, now_ms=site.clock())
        return RedirectResponse(f"/clues/{clue_id}", status_code=303)
    asked = MoveRequest(
        clue_id=clue_id, action=action, actor=officer.officer_id, detail=detail, ground=ground,
        seen=seen,
    )  # fmt: skip
    try:
        await make_move(site.database, asked, now_ms=site.clock())
    except BadMove as error:
        return await _page(request, site, officer, clue, problem=error.code, written=ground,
                           status=422)  # fmt: skip
    except StaleMove:
        now = await _clue(site, officer, clue_id)
        return await _page(request, site, officer, now, problem="stale", written=ground, status=409)
    return RedirectResponse(f"/clues/{clue_id}", status_code=303)


@router.get("/api/clues", tags=["clues"])
async def listed(site: TheSite, officer: TheOfficer, state: Shown = "open") -> list[ClueOut]:
    """The unit's clues by what is due, at most 300."""
    rows = await _rows(site, officer, state)
    return [ClueOut(**{name: row[name] for name in ClueOut.model_fields}) for row in rows]


async def _rows(site: Site, officer: Officer, state: str) -> list[Row]:
    unit_id = require_unit(officer, Action.HANDLE_CLUE)
    return await site.database.rows("clues_page", unit_id=unit_id, state=state, at_most=MOST)


async def _clue(site: Site, officer: Officer, clue_id: str) -> Row:
    row = await site.database.row("clues_one", clue_id=clue_id) if "\0" not in clue_id else None
    if row is None:
        raise HTTPException(404, "clue")
    owners = frozenset({str(row["assignee"])} - {""})
    target = Target(kind="unit", id=clue_id, unit_id=str(row["unit_id"]), owners=owners)
    await require(site, officer, Action.HANDLE_CLUE, target)
    return row


async def _page(
    request: Request, site: Site, officer: Officer, clue: Row, *, problem: str = "",
    written: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    clue_id, database = clue["clue_id"], site.database
    clocks = await database.rows("clues_clocks", clue_id=clue_id)
    parts: dict[str, Any] = {
        name: await database.rows(f"clues_{name}", clue_id=clue_id)
        for name in ("events", "attachments", "messages")
    }
    near = await database.rows("clues_alerts_near", party_id=clue["party_id"])
    return page(
        request, "clue.html", officer=officer, status=status, clue=clue, problem=problem,
        written=written, outcomes=OUTCOMES, near=near, offered=offered(clue["state"]),
        clocks=[(row, terms_of(row)) for row in clocks],
        officers=await database.rows("clues_officers", unit_id=clue["unit_id"]), **parts,
    )  # fmt: skip
