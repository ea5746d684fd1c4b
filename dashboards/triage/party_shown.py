"""Owns what a private link's page loads: blurred copies, and pictures of the party's own files."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from dashboards.triage.party_door import entered
from dashboards.triage.site import Site, TheSite
from pipelines.browse.shelf import Preparing, Ready
from pipelines.parties.door import NoEntry
from pipelines.transparency.leaf import Kind, Leaf, log

router = APIRouter(prefix="/p", include_in_schema=False)
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/{token}/shown/{name:path}")
async def copy(request: Request, site: TheSite, token: str, name: str) -> Response:
    """A copy with hidden faces: a picture to look at, a clip to take along. Each look is logged."""
    link = await _link(request, site, token)
    objects = await site.database.rows("party_objects", alert_id=link["alert_id"])
    held = next((o for o in objects if o["name"] == name), None)
    if held is None:
        raise HTTPException(404, "object")
    found = site.copies.ask(str(held["sha256"]), str(held["media_type"]))
    if isinstance(found, Preparing):
        return Response(status_code=202, headers={"Retry-After": "2"})
    if not isinstance(found, Ready):
        raise HTTPException(404, "object")
    body = {"party": link["party_id"], "object": name, "form": "copy"}
    async with site.database.transaction() as tx:
        leaf = Leaf(kind=Kind.VIEW, subject=link["alert_id"], at_ms=site.clock(), body=body)
        await log(tx, leaf)
    film = str(held["media_type"]).startswith("video/")
    return FileResponse(
        found.path, media_type=str(held["media_type"]), headers=_NO_STORE,
        filename=found.path.name if film else None,
    )  # fmt: skip


@router.get("/{token}/files/{answer_id}/{number}")
async def picture(
    request: Request, site: TheSite, token: str, answer_id: str, number: int
) -> Response:
    """The copy of a picture that was handed in for this alert."""
    link = await _link(request, site, token)
    if not 0 < number < 100:  # noqa: PLR2004  beyond any answer, and within an integer column
        raise HTTPException(404, "object")
    row = await site.database.row("party_file", answer_id=answer_id, number=number)
    if row is None or row["alert_id"] != link["alert_id"] or not row["picture_sha256"]:
        raise HTTPException(404, "object")
    return await picture_of(site, row)


async def picture_of(site: Site, row: dict[str, Any]) -> Response:
    """A handed-in picture, as it was written anew."""
    data = await asyncio.to_thread(lambda: b"".join(site.objects.chunks(row["picture_sha256"])))
    return Response(data, media_type="image/jpeg", headers=_NO_STORE)


async def original_of(site: Site, row: dict[str, Any]) -> Response:
    """A handed-in file as it came, to be saved, never opened by the browser."""
    data = await asyncio.to_thread(lambda: b"".join(site.objects.chunks(row["sha256"])))
    name = f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}"
    return Response(
        data, media_type="application/octet-stream",
        headers={**_NO_STORE, "Content-Disposition": name},
    )  # fmt: skip


async def _link(request: Request, site: Site, token: str) -> dict[str, Any]:
    try:
        link, known = await entered(request, site, token)
    except NoEntry as error:
        raise HTTPException(404, "object") from error
    if not known:
        raise HTTPException(404, "object")
    return link
