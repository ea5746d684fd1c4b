"""Owns showing clips and pictures as copies with hidden faces. Must not serve an original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from dashboards.triage.objects import served
from dashboards.triage.pages import page
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite
from pipelines.browse.shelf import Failed, Preparing, Ready, Shelf
from pipelines.store.database import Row

_AGAIN_AFTER_S = {Preparing: "2", Failed: "60"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A clip on an alert's page.

    Attributes:
        here: address of this part of the page.
        url: of the copy; empty until it is ready.
        poster: address of its picture's copy; empty where there is none.
        sha256: of the sealed original.
    """

    state: Literal["ready", "preparing", "failed"]
    here: str
    url: str
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
        url=_address(alert_id, clip) if state == "ready" else "",
        poster=_address(alert_id, poster) if poster is not None and pictured else "",
        sha256=str(clip["sha256"]),
        why=why,
    )


@router.get("/alerts/{alert_id}/shown/{name:path}")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, name: str
) -> HTMLResponse:
    """One clip's part of the alert's page, for a page that waits for the copy."""
    if await site.database.row("triage_object", alert_id=alert_id, object_name=name) is None:
        raise HTTPException(404, "object")
    objects = await site.database.rows("triage_objects", alert_id=alert_id)
    here = f"/alerts/{alert_id}/shown/{quote(name)}"
    found = next((s for s in shown_of(site.copies, alert_id, objects) if s.here == here), None)
    if found is None:
        raise HTTPException(404, "object")
    return page(request, "shown.html", officer=officer, shown=found)


@router.get("/alerts/{alert_id}/copies/{name:path}")
@router.head("/alerts/{alert_id}/copies/{name:path}")
async def give(
    request: Request, site: TheSite, _officer: TheOfficer, alert_id: str, name: str
) -> Response:
    """The copy of a sealed clip or picture: 202 while it is being made, 503 when it failed."""
    held = await site.database.row("triage_object", alert_id=alert_id, object_name=name)
    if held is None:
        raise HTTPException(404, "object")
    copy = _asked(site.copies, held)
    if isinstance(copy, Ready):
        return served(
            request, copy.path, tag=copy.path.name, name=f"derivative-{name}",
            media_type=str(held["media_type"]),
        )  # fmt: skip
    failed = copy.why if isinstance(copy, Failed) else ""
    return JSONResponse(
        {"detail": failed or "being_prepared"},
        503 if failed else 202,
        headers={"Retry-After": _AGAIN_AFTER_S[type(copy)]},
    )


def _asked(copies: Shelf, held: Row) -> Ready | Preparing | Failed:
    return copies.ask(str(held["sha256"]), str(held["media_type"]))


def _address(alert_id: str, held: Row) -> str:
    return f"/alerts/{alert_id}/copies/{quote(str(held['name']))}"
