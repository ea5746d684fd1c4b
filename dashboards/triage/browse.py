"""Owns showing clips and pictures as copies with hidden faces. Must not serve an original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboards.triage import projecting
from dashboards.triage.access_door import require, require_alert, target
from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite
from pipelines.access.looks import Looked, look
from pipelines.access.policy import Action
from pipelines.access.targets import object_of
from pipelines.browse.shelf import Failed, Preparing, Ready, Shelf
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A clip on an alert's page.

    Attributes:
        here: address of this part of the page.
        name: of the clip among the alert's objects: what the player opens.
        poster: address of its picture's copy; empty where there is none.
        sha256: of the sealed original.
    """

    state: Literal["ready", "preparing", "failed"]
    here: str
    alert_id: str
    name: str
    poster: str
    sha256: str
    why: str = ""


def shown_of(copies: Shelf, alert_id: str, objects: Sequence[Row]) -> list[Shown]:
    """An alert's clips with where their copies stand; those that lack begin to be made."""
    clips, posters = ([o for o in objects if o["role"] == role] for role in ("clip", "poster"))
    pictures = posters if len(posters) == len(clips) else [None] * len(clips)
    return [
        _shown(copies, alert_id, clip, poster) for clip, poster in zip(clips, pictures, strict=True)
    ]


def _shown(copies: Shelf, alert_id: str, clip: Row, poster: Row | None) -> Shown:
    pictured = poster is not None and isinstance(_asked(copies, poster), Ready)
    match _asked(copies, clip):
        case Ready():
            state: Literal["ready", "preparing", "failed"] = "ready"
            why = ""
        case Preparing():
            state, why = "preparing", ""
        case Failed(why):
            state = "failed"
    return Shown(
        state=state,
        here=f"/alerts/{alert_id}/shown/{quote(str(clip['name']))}",
        alert_id=alert_id,
        name=str(clip["name"]),
        poster=_address(alert_id, poster) if poster is not None and pictured else "",
        sha256=str(clip["sha256"]),
        why=why,
    )


@router.get("/alerts/{alert_id}/shown/{name:path}")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, name: str
) -> HTMLResponse:
    """One clip's part of the alert's page, for a page that waits for the copy."""
    await require_alert(site, officer, Action.VIEW_COPY, alert_id)
    objects = await site.database.rows("triage_objects", alert_id=alert_id)
    here = f"/alerts/{alert_id}/shown/{quote(name)}"
    found = next((s for s in shown_of(site.copies, alert_id, objects) if s.here == here), None)
    if found is None:
        raise HTTPException(404, "object")
    return page(request, "shown.html", officer=officer, shown=found)


@router.get("/alerts/{alert_id}/copies/{name:path}")
async def give(site: TheSite, officer: TheOfficer, alert_id: str, name: str) -> Response:
    """A picture with hidden faces and the reader's mark, a look in the log; films have a player."""
    found = await target(site, "alert", alert_id)
    admitted = await require(site, officer, Action.VIEW_COPY, found)
    held = await object_of(site.database, found, name)
    if held is None or not projecting.shows(str(held["media_type"])):
        raise HTTPException(404, "object")
    if str(held["media_type"]).startswith("video/"):
        return RedirectResponse(f"/viewing/alert/{alert_id}/copy/{quote(name)}", status_code=303)
    source = projecting.Source(
        site=site, sha256=str(held["sha256"]), media_type=str(held["media_type"]), form="copy"
    )
    try:
        await source.film()
    except projecting.NotReady:
        return JSONResponse({"detail": "being_prepared"}, 202, {"Retry-After": "2"})
    looked = Looked(
        actor=officer.actor, session=officer.session, target=found, held=held, form="copy",
        request_id=admitted.request_id,
    )  # fmt: skip
    view_id = await look(site.database, looked, now_ms=site.clock())
    data = await source.piece(0, officer_id=officer.officer_id, view_id=view_id)
    return Response(data, media_type=source.mime, headers={"Cache-Control": "no-store"})


def _asked(copies: Shelf, held: Row) -> Ready | Preparing | Failed:
    return copies.ask(str(held["sha256"]), str(held["media_type"]))


def _address(alert_id: str, held: Row) -> str:
    return f"/alerts/{alert_id}/copies/{quote(str(held['name']))}"
