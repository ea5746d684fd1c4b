"""Owns an officer's saved filters: named, one the start, shared if they like."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.triage.access_door import require_unit
from dashboards.triage.queue_filters import read
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)

MOST = 30
"""So many filters an officer may keep."""
Act = Literal["rename", "share", "unshare", "default", "undefault", "delete"]


async def saved_of(site: Site, officer: Officer) -> list[Row]:
    """Their own, then what colleagues of the unit share, each with ``mine``."""
    return await site.database.rows(
        "queue_saved", officer_id=officer.officer_id, unit_id=officer.unit_id
    )


async def default_of(site: Site, officer: Officer) -> str:
    """The query string they begin with; empty for none."""
    row = await site.database.row("queue_saved_default", officer_id=officer.officer_id)
    return str(row["query"]) if row else ""


@router.post("/queue/filters")
async def save(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    name: Annotated[str, Form(max_length=60)],
    query: Annotated[str, Form(max_length=1000)] = "",
    shared: Annotated[bool, Form()] = False,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keeps filters under a name; the same name again replaces what it stood for."""
    check_csrf(request, csrf)
    require_unit(officer, Action.LIST, "alert")
    try:
        canonical = read(query).query
    except ValueError as error:
        raise HTTPException(422, "filters") from error
    if not name.strip() or not name.strip().isprintable():
        raise HTTPException(422, "name")
    kept = await site.database.execute(
        "queue_saved_add", filter_id=secrets.token_hex(8), officer_id=officer.officer_id,
        unit_id=officer.unit_id, name=name.strip(), query=canonical, shared=shared,
        saved_ms=site.clock(), most=MOST,
    )  # fmt: skip
    if not kept:
        raise HTTPException(409, "too_many_filters")
    return RedirectResponse(f"/?{canonical or 'state=active'}", status_code=303)


@router.post("/queue/filters/{filter_id}")
async def change(
    *,
    request: Request,
    site: TheSite,
    officer: TheOfficer,
    filter_id: str,
    act: Annotated[Act, Form()],
    name: Annotated[str, Form(max_length=60)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Renames, shares, makes it the start, or forgets it; nobody else's."""
    check_csrf(request, csrf)
    if act == "rename" and not (name.strip() and name.strip().isprintable()):
        raise HTTPException(422, "name")
    async with site.database.transaction() as tx:
        mine = await tx.row(
            "queue_saved_mine", filter_id=filter_id[:64], officer_id=officer.officer_id
        )
        if mine is None:
            raise HTTPException(404, "filter")
        if act == "rename" and await tx.row(
            "queue_saved_named", officer_id=officer.officer_id, name=name.strip(),
            filter_id=filter_id,
        ):  # fmt: skip
            raise HTTPException(409, "name_taken")
        if act == "default":
            await tx.execute("queue_saved_no_default", officer_id=officer.officer_id)
        await tx.execute("queue_saved_change", filter_id=filter_id, act=act, name=name.strip())
    return RedirectResponse("/?state=active", status_code=303)
