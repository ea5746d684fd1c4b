"""Owns the pages and the API of clocks and of the duty ledger. Decides nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from dashboards.triage.access_door import may_in_unit, require, require_unit
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action, Target
from pipelines.clocks.acts import GROUND_LIMIT, NoSuchClock, NotPossible, act, hear
from pipelines.clocks.keep import terms_of
from pipelines.clocks.kinds import DAY_MS, in_force
from pipelines.clocks.ledger import Duty, ledger
from pipelines.clocks.steps import STATES
from pipelines.clocks.words import confidence, page_of
from pipelines.store.database import Row

router = APIRouter()
MOST = 300
LEDGER_DAYS = 90
ShownState = Literal["active", "running", "paused", "breached", "met", "met_late", "ended", "all"]
SHOWN: tuple[ShownState, ...] = (
    "active", "breached", "running", "paused", "met_late", "met", "ended", "all",
)  # fmt: skip
DutyState = Literal["", "missing", "overdue", "skipped", "open", "paused", "done_late", "done",
                    "dropped"]  # fmt: skip
Days = Annotated[int, Query(ge=1, le=3660)]
Name = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]


class ClockOut(BaseModel):
    """A clock. Times are epoch milliseconds UTC; confidence is V, P, GK or eng (our default)."""

    clock_id: str
    kind: str
    version: str
    subject_kind: str
    subject_id: str
    round: int
    party_id: str
    site_id: str
    unit_id: str
    alert_id: str
    held_by: str
    state: str
    started_ms: int
    due_ms: int
    paused_ms: int | None
    met_ms: int | None
    by_whom: str
    ground: str
    law_zh: str
    law_en: str
    length: str
    source: str
    confidence: str
    length_confidence: str


@router.get("/clocks", include_in_schema=False)
async def show(  # noqa: PLR0917  what is asked for
    request: Request, site: TheSite, officer: TheOfficer, state: ShownState = "active",
    kind: Name = "", holder: Name = "",
) -> HTMLResponse:  # fmt: skip
    """What runs, by its end; what is overdue; who holds how much."""
    return await _page(request, site, officer, state=state, kind=kind, holder=holder)


@router.post("/clocks/{clock_id}/{what}", include_in_schema=False)
async def do(  # noqa: PLR0917  a form's fields
    request: Request, site: TheSite, officer: TheOfficer, clock_id: str,
    what: Literal["pause", "resume", "end", "hear"],
    csrf: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=60)] = "",
    ground: Annotated[str, Form(max_length=GROUND_LIMIT, pattern=r"^[^\x00]*$")] = "",
) -> Response:  # fmt: skip
    """A leader lets it stand still, go on or end, or takes note; what cannot be done is said."""
    check_csrf(request, csrf)
    row = await site.database.row("clocks_one", clock_id=clock_id) if "\0" not in clock_id else None
    if row is None:
        raise HTTPException(404, "clock")
    target = Target(kind="unit", id=clock_id, unit_id=str(row["unit_id"]))
    await require(site, officer, Action.MOVE_CLOCK, target)
    by, now_ms = officer.officer_id, site.clock()
    try:
        if what == "hear":
            await hear(site.database, clock_id, by=by, ground=ground, now_ms=now_ms)
        else:
            await act(site.database, clock_id, what, by=by, reason_code=reason,
                      ground=ground, now_ms=now_ms)  # fmt: skip
    except NotPossible as error:
        return await _page(request, site, officer, problem=error.code, status=409)
    except NoSuchClock as error:
        raise HTTPException(404, "clock") from error
    return RedirectResponse(f"/clocks#{clock_id}", status_code=303)


@router.get("/clocks/ledger", include_in_schema=False)
async def show_ledger(
    request: Request, site: TheSite, officer: TheOfficer, days: Days = LEDGER_DAYS,
    state: DutyState = "missing",
) -> HTMLResponse:  # fmt: skip
    """Every clue known and not acted on, every step skipped."""
    duties = await _ledger(site, officer, days)
    counts = {name: sum(d.state == name for d in duties) for name in STATES}
    fitting = [d for d in duties if not state or d.state == state]
    if state == "missing":
        fitting = [d for d in duties if d.missing]
    fitting.sort(key=lambda d: (STATES.index(d.state), d.due_ms or d.since_ms))
    return page(
        request, "ledger.html", officer=officer, duties=fitting[:MOST], most=MOST,
        many=len(fitting), counts=counts, days=days, state=state, states=STATES, link=_duty_page,
    )  # fmt: skip


@router.get("/api/clocks", tags=["clocks"])
async def listed(
    site: TheSite, officer: TheOfficer, state: ShownState = "active", kind: Name = "",
    holder: Name = "",
) -> list[ClockOut]:  # fmt: skip
    """The unit's clocks by their ends, at most 300."""
    unit_id = require_unit(officer, Action.SEE_CLOCKS)
    rows = await _rows(site, unit_id, state, kind, holder)
    return [_out(row) for row in rows]


@router.get("/api/clocks/ledger", tags=["clocks"])
async def ledger_listed(
    site: TheSite, officer: TheOfficer, days: Days = LEDGER_DAYS
) -> list[dict[str, Any]]:
    """The unit's duty ledger of the last days, as at now: one entry a step."""
    return [_plain(duty) for duty in await _ledger(site, officer, days)]


async def _ledger(site: Site, officer: Officer, days: int) -> list[Duty]:
    unit_id, now_ms = require_unit(officer, Action.SEE_CLOCKS), site.clock()
    return await ledger(
        site.database, unit_id=unit_id, from_ms=now_ms - days * DAY_MS, to_ms=now_ms + 1
    )


async def _rows(site: Site, unit_id: str, state: str, kind: str, holder: str) -> list[Row]:
    return await site.database.rows(
        "clocks_page", unit_id=unit_id, state=state, kind=kind, holder=holder, at_most=MOST
    )


async def _page(
    request: Request, site: Site, officer: Officer, *, state: ShownState = "active",
    kind: str = "", holder: str = "", problem: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    unit_id = require_unit(officer, Action.SEE_CLOCKS)
    rows = await _rows(site, unit_id, state, kind, holder)
    counts = await site.database.rows("clocks_counts", unit_id=unit_id)
    people = await site.database.rows("clocks_by_holder", unit_id=unit_id)
    kinds = in_force()
    return page(
        request, "clocks.html", officer=officer, status=status, problem=problem,
        clocks=[(row, terms_of(row)) for row in rows],
        counts={row["state"]: row["n"] for row in counts}, people=people,
        asked={"state": state, "kind": kind, "holder": holder}, states=SHOWN, most=MOST,
        kinds={k.name: k.title for k in reversed(kinds.kind)}, reasons=kinds.reasons,
        may=may_in_unit(officer, Action.MOVE_CLOCK), sure=confidence, link=page_of,
    )  # fmt: skip


def _out(row: Row) -> ClockOut:
    terms = terms_of(row)
    said = {
        "law_zh": terms.law.zh, "law_en": terms.law.en, "length": terms.length,
        "source": terms.source, "confidence": terms.confidence,
        "length_confidence": terms.length_confidence,
    }  # fmt: skip
    return ClockOut(**said, **{n: row[n] for n in ClockOut.model_fields if n not in said})


def _plain(duty: Duty) -> dict[str, Any]:
    return {name: getattr(duty, name) for name in duty.__struct_fields__}


def _duty_page(duty: Duty) -> str:
    if duty.subject_kind in ("case", "clue"):
        return f"/{duty.subject_kind}s/{duty.subject_id}"
    return f"/alerts/{duty.alert_id}" if duty.alert_id else "/clocks"
