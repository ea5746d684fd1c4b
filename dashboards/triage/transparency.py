"""Owns what anybody may read of the transparency log, not signed in: tiles, keys, proofs, a page.

What is served is the log's folder as it lies there; it holds commitments, never what was said.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from dashboards.triage.pages import page
from dashboards.triage.site import TheSite
from pipelines.evidence.keys import Keys
from pipelines.transparency.folder import LogFolder
from pipelines.transparency.note import BadNote
from pipelines.transparency.place import ours, place_of, verifiers
from pipelines.transparency.proofs import NotProvable, Proof, prove
from pipelines.transparency.status import continued, status
from pipelines.transparency.tiles import tile_at

router = APIRouter(prefix="/log", tags=["transparency log"])
_MOMENT = {"Cache-Control": "public, max-age=1"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_MOST = 1 << 62
_NOT_THERE: dict[int | str, dict[str, Any]] = {
    404: {
        "description": "not there",
        "content": {"text/plain": {"schema": {"type": "string"}}, "application/json": {}},
    }
}


@router.get("", include_in_schema=False)
async def show(request: Request, site: TheSite) -> HTMLResponse:
    """For people: how large, since when, stamped by whom, and how to keep and check it."""
    keys = await asyncio.to_thread(Keys, site.settings.keys)
    try:
        found, broken = await status(site.database, keys), ""
    except BadNote as error:
        found, broken = None, str(error)
    prefix = site.settings.public_url.rstrip("/") + "/log"
    return page(request, "log.html", found=found, broken=broken, prefix=prefix,
                publishes=bool(site.settings.log_publish))  # fmt: skip


@router.get("/checkpoint", response_class=PlainTextResponse, responses=_NOT_THERE)
async def checkpoint(site: TheSite) -> Response:
    """The newest checkpoint, a signed note (c2sp.org/tlog-checkpoint)."""
    data = await asyncio.to_thread(LogFolder(site.settings.log_folder).checkpoint)
    if data is None:
        return _text("no checkpoint was signed yet\n", 404)
    return _text(data.decode(), 200)


@router.get("/tile/{path:path}", response_class=Response, responses=_NOT_THERE)
async def tile(path: str, site: TheSite) -> Response:
    """A tile or a bundle of entries (c2sp.org/tlog-tiles)."""
    wanted = tile_at(f"tile/{path}")
    folder = LogFolder(site.settings.log_folder)
    data = await asyncio.to_thread(folder.tile, wanted) if wanted else None
    if data is None:
        return _text("there is no such tile\n", 404)
    return Response(data, media_type="application/octet-stream", headers=_FOR_EVER)


@router.get("/keys", response_class=PlainTextResponse)
async def keys(site: TheSite) -> Response:
    """Every key that ever signed, one verifier key a line (c2sp.org/signed-note)."""
    place = place_of(site.settings)
    held = await asyncio.to_thread(Keys, place.keys)
    data = await asyncio.to_thread(LogFolder(place.folder).checkpoint)
    try:
        origin = ours(held, data).checkpoint.origin if data else place.origin
    except BadNote:
        origin = place.origin
    return _text("".join(f"{key.vkey}\n" for key in verifiers(held, origin)), 200)


@router.get("/proof")
async def proof(
    site: TheSite,
    leaf: Annotated[int, Query(ge=0, le=_MOST, description="number of the leaf")],
    size: Annotated[int | None, Query(ge=1, le=_MOST, description="tree of at least")] = None,
) -> JSONResponse:
    """A leaf's entry, its inclusion path (RFC 9162, 2.1.3) and the checkpoint it leads to."""
    try:
        found = await prove(site.database, leaf, size)
    except NotProvable as error:
        return JSONResponse({"detail": str(error)}, 404, headers=_MOMENT)
    return JSONResponse(_said(found), headers=_MOMENT)


@router.get("/consistency")
async def consistency(site: TheSite, note: str) -> JSONResponse:
    """Whether today's log continues a checkpoint that somebody kept (RFC 9162, 2.1.4)."""
    try:
        found = await continued(site.database, place_of(site.settings), note.encode())
    except BadNote as error:
        raise HTTPException(422, str(error)) from error
    except KeyError as error:
        return JSONResponse({"detail": str(error)}, 404, headers=_MOMENT)
    return JSONResponse(
        {"continues": found.holds, "from": found.kept.size, "size": found.now.size,
         "proof": [_b64(one) for one in found.proof]},
        headers=_MOMENT,
    )  # fmt: skip


def _said(found: Proof) -> dict[str, object]:
    return {
        "leaf": found.index,
        "size": found.size,
        "entry": _b64(found.entry),
        "path": [_b64(one) for one in found.path],
        "checkpoint": found.checkpoint.decode(),
        "stamps": [
            {"size": one.size, "authority": one.authority, "stamped_ms": one.stamped_ms,
             "token": _b64(one.token)}
            for one in found.stamps
        ],
    }  # fmt: skip


def _text(said: str, code: int) -> Response:
    return PlainTextResponse(said, code, headers=_MOMENT)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
