"""Owns handing out sealed objects, whole or in part. Only names that belong to the alert exist.

Never those that show people or let them be heard: ``viewing`` shows marked pieces of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from dashboards.triage.access_door import require, target
from dashboards.triage.session import Officer, TheOfficer
from dashboards.triage.site import Site, TheSite
from pipelines.access.looks import Looked, look
from pipelines.access.policy import Action, Target
from pipelines.access.targets import object_of
from pipelines.errors import Transient

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_SHOWN = ("video/", "image/png", "image/jpeg", "image/webp", "application/json", "text/plain")

_SEEN_OR_HEARD = ("video/", "image/", "audio/")
"""What shows people or lets them be heard: no route gives the file; ``viewing`` shows it marked."""

router = APIRouter(include_in_schema=False)


class Unsatisfiable(Exception):
    """The range lies outside the object."""


def span_of(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte asked for, or None for the whole.

    Several ranges at once are answered with the whole, as RFC 9110 allows.

    Raises:
        Unsatisfiable: nothing of the range exists.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = max(size - int(last), 0) if not first else int(first)
    end = size - 1 if not first or not last else min(int(last), size - 1)
    if start >= size or (not first and int(last) == 0):
        raise Unsatisfiable
    return None if end < start else (start, end)


@router.get("/alerts/{alert_id}/objects/{name:path}")
@router.head("/alerts/{alert_id}/objects/{name:path}")
async def give(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, name: str
) -> Response:
    """One sealed object, by its name in the manifest; 403 for a clip or a picture."""
    return await given(request, site, officer, await target(site, "alert", alert_id), name)


async def given(
    request: Request, site: Site, officer: Officer, found: Target, name: str
) -> Response:
    """An object of an alert or a record that shows nobody; each download is a look.

    Raises:
        HTTPException: 403 for film, picture and sound, 404, 410, 503.
        Refused: they may not.
    """
    admitted = await require(site, officer, Action.DOWNLOAD_OBJECT, found)
    held = await object_of(site.database, found, name)
    if held is None:
        raise HTTPException(404, "object")
    if str(held["media_type"]).startswith(_SEEN_OR_HEARD):
        raise HTTPException(403, "sealed_original")
    sha256 = str(held["sha256"])
    try:
        size = await run_in_threadpool(site.objects.size, sha256)
    except FileNotFoundError as error:
        raise HTTPException(410, "object_gone") from error
    except Transient as error:
        raise HTTPException(503, "vault_unreachable", {"Retry-After": "10"}) from error

    def chunks(first: int, last: int) -> Iterator[bytes]:
        return site.objects.chunks(sha256, first, last)

    if request.method == "GET":
        looked = Looked(
            actor=officer.actor, session=officer.session, target=found, held=held, form="object",
            request_id=admitted.request_id,
        )  # fmt: skip
        await look(site.database, looked, now_ms=site.clock())
    return ranged(request, size, chunks, tag=sha256, name=name, media_type=str(held["media_type"]))


def ranged(
    request: Request,
    size: int,
    chunks: Callable[[int, int], Iterator[bytes]],
    *,
    tag: str,
    name: str,
    media_type: str,
) -> Response:
    """Bytes, or the part of them that was asked for.

    Args:
        size: of the whole, in bytes.
        chunks: gives the bytes from a first to a last one, inclusive; may block.
    """
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
        "Content-Disposition": _disposition(media_type, name),
        "Cache-Control": "no-store",
    }
    try:
        span = span_of(request.headers.get("range"), size)
    except Unsatisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = span or (0, size - 1)
    headers["Content-Length"] = str(end - start + 1)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    body = chunks(start, end) if request.method == "GET" else iter(())
    return StreamingResponse(
        body,
        status_code=206 if span else 200,
        headers=headers,
        media_type=media_type,
    )


def _disposition(media_type: str, name: str) -> str:
    """Shown only where a browser cannot be made to run it."""
    way = "inline" if media_type.startswith(_SHOWN) else "attachment"
    return f"{way}; filename*=UTF-8''{quote(name.rsplit('/', 1)[-1])}"
