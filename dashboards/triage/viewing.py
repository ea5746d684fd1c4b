"""Owns the door to films and pictures: open a look, then fetch its pieces at signed addresses.

Only marked derivatives go out, made piece by piece in memory; never a stored file.
"""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn
from urllib.parse import urlencode

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field

from dashboards.triage import projecting
from dashboards.triage.access_door import require, target
from dashboards.triage.pages import page
from dashboards.triage.session import Officer, TheOfficer, check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.access.looks import (
    REST_MS,
    START_MS,
    Addresses,
    BadAddress,
    Looked,
    look,
    refused_look,
)
from pipelines.access.policy import Action, Target
from pipelines.access.requests import TEXT_LIMIT
from pipelines.access.targets import object_of
from pipelines.store.database import Row

router = APIRouter()
Form = Literal["original", "copy"]
_ACTIONS: dict[str, Action] = {"original": Action.VIEW_ORIGINAL, "copy": Action.VIEW_COPY}


class OpenLook(BaseModel):
    """What somebody wants to look at; ``reason`` is needed for an original seen by office."""

    kind: Literal["alert", "record"]
    id: str = Field(max_length=64)
    form: Form
    name: str = Field(max_length=512)
    reason: str = Field("", max_length=TEXT_LIMIT)


class Opened(BaseModel):
    """A look that may be fetched now: piece 0 at ``first``, piece n at ``rest`` with n filled in.

    Attributes:
        until_ms: when ``rest`` ends; ``POST /api/views/VIEW/renew`` gives another.
        derivative_of: SHA-256 of the sealed original.
    """

    view_id: str
    media: Literal["film", "picture"]
    mime: str
    duration_s: float
    frame_s: float
    piece_s: float
    first: str
    rest: str
    until_ms: int
    derivative_of: str


class Renewed(BaseModel):
    """New addresses of the same look."""

    rest: str
    until_ms: int


@router.get("/viewing/{kind}/{target_id}/{form}/{name:path}", include_in_schema=False)
async def show(
    *, request: Request, site: TheSite, officer: TheOfficer, kind: str, target_id: str,
    form: Form, name: str,
) -> HTMLResponse:  # fmt: skip
    """The player's page. Opening it shows nothing yet: the look begins with the button."""
    found = await target(site, kind, target_id)
    admitted = await require(site, officer, _ACTIONS[form], found)
    held = await _held(site, found, name)
    views = await site.database.rows("access_views_of", kind=kind, id=target_id)
    return page(
        request, "viewing.html", officer=officer, target=found, held=held, form=form,
        needs_reason=form == "original" and admitted.request_id is None,
        views=views, limit=TEXT_LIMIT,
    )  # fmt: skip


@router.post("/api/views", status_code=201, response_model=Opened, tags=["viewing"])
async def open_look(
    *, request: Request, site: TheSite, officer: TheOfficer, wanted: OpenLook,
    x_csrf_token: Annotated[str, Header()] = "",
) -> Opened | Response:  # fmt: skip
    """Opens a look: it is in the log from now on. 202 while a copy is being made."""
    check_csrf(request, x_csrf_token)
    found = await target(site, wanted.kind, wanted.id)
    admitted = await require(site, officer, _ACTIONS[wanted.form], found)
    held = await _held(site, found, wanted.name)
    needs_reason = wanted.form == "original" and admitted.request_id is None
    if needs_reason and not wanted.reason.strip():
        raise HTTPException(422, "reason_missing")
    source = projecting.Source(site=site, sha256=str(held["sha256"]),
                               media_type=str(held["media_type"]), form=wanted.form)  # fmt: skip
    try:
        film = await source.film()
    except projecting.NotReady:
        return JSONResponse({"detail": "being_prepared"}, 202, {"Retry-After": "2"})
    looked = Looked(
        actor=officer.actor, session=officer.session, target=found, held=held, form=wanted.form,
        reason=wanted.reason.strip(), request_id=admitted.request_id,
    )  # fmt: skip
    now_ms = site.clock()
    view_id = await look(site.database, looked, now_ms=now_ms)
    view = {"view_id": view_id, "officer_id": officer.officer_id}
    return Opened(
        view_id=view_id, media="film" if film else "picture", mime=source.mime,
        duration_s=film.duration_s if film else 0.0, frame_s=film.frame_s if film else 0.0,
        piece_s=projecting.PIECE_S,
        first=_address(site, officer, view, "first", now_ms + START_MS).replace("{n}", "0"),
        rest=_address(site, officer, view, "rest", now_ms + REST_MS),
        until_ms=now_ms + REST_MS, derivative_of=source.sha256,
    )  # fmt: skip


@router.post("/api/views/{view_id}/renew", tags=["viewing"])
async def renew(
    *, request: Request, site: TheSite, officer: TheOfficer, view_id: str,
    x_csrf_token: Annotated[str, Header()] = "",
) -> Renewed:  # fmt: skip
    """Addresses for the rest of a look that is still allowed."""
    check_csrf(request, x_csrf_token)
    view = await site.database.row("access_view", view_id=view_id)
    until_ms = site.clock() + REST_MS
    signature = _addresses(site).sign(view or {"view_id": "", "officer_id": ""}, officer.session,
                                      "rest", until_ms)  # fmt: skip
    checked = await _checked(site, officer, view, piece="rest", until_ms=until_ms,
                             signature=signature)  # fmt: skip
    await _still(site, officer, checked)
    return Renewed(rest=_address(site, officer, checked, "rest", until_ms), until_ms=until_ms)


@router.get("/viewing/pieces/{view_id}/{number}", include_in_schema=False)
async def piece(
    *, site: TheSite, officer: TheOfficer, view_id: str, number: int, piece: str = "",
    until: int = 0, sig: str = "",
) -> Response:  # fmt: skip
    """One piece of a film, or the picture; 403 at an address that is not theirs or not any more."""
    view = await site.database.row("access_view", view_id=view_id)
    checked = await _checked(site, officer, view, piece=piece, until_ms=until, signature=sig)
    if piece == "first" and number != 0:
        await _refuse(site, officer, view, "altered")
    await _still(site, officer, checked)
    source = projecting.Source(
        site=site, sha256=str(checked["sha256"]), media_type=str(checked["media_type"]),
        form=str(checked["form"]),
    )  # fmt: skip
    try:
        data = await source.piece(number, officer_id=officer.officer_id, view_id=view_id)
    except projecting.NotReady as error:
        raise HTTPException(503, "being_prepared", {"Retry-After": "2"}) from error
    kind = "video/mp4" if source.is_film else source.mime
    return Response(data, media_type=kind, headers={"Cache-Control": "no-store"})


async def _checked(
    site: Site, officer: Officer, view: Row | None, *, piece: str, until_ms: int, signature: str
) -> Row:
    try:
        return _addresses(site).check(
            view, officer.officer_id, officer.session, piece=piece, until_ms=until_ms,
            signature=signature, now_ms=site.clock(),
        )  # fmt: skip
    except BadAddress as bad:
        await _refuse(site, officer, view, bad.code)


async def _refuse(site: Site, officer: Officer, view: Row | None, code: str) -> NoReturn:
    await refused_look(site.database, officer.actor, view, code, now_ms=site.clock())
    raise HTTPException(403, f"address_{code}")


async def _still(site: Site, officer: Officer, view: Row) -> None:
    """A grant that has run out or was withdrawn ends a look that has begun."""
    if view["form"] not in _ACTIONS:  # a file that was downloaded has no pieces
        await _refuse(site, officer, view, "gone")
    found = await target(site, str(view["target_kind"]), str(view["target_id"]))
    await require(site, officer, _ACTIONS[str(view["form"])], found)


async def _held(site: Site, found: Target, name: str) -> Row:
    held = await object_of(site.database, found, name)
    if held is None or not projecting.shows(str(held["media_type"])):
        raise HTTPException(404, "object")
    return held


def _addresses(site: Site) -> Addresses:
    return Addresses(secret=site.secret)


def _address(site: Site, officer: Officer, view: Row, piece: str, until_ms: int) -> str:
    signature = _addresses(site).sign(view, officer.session, piece, until_ms)
    query = urlencode({"piece": piece, "until": until_ms, "sig": signature})
    return f"/viewing/pieces/{view['view_id']}/{{n}}?{query}"
