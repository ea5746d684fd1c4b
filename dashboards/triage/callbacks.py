"""Owns the door through which the case system calls back. Signed; repeated calls are harmless."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from dashboards.triage.site import TheSite
from pipelines import codec, topics
from pipelines.cases import callback
from pipelines.errors import BadMessage

router = APIRouter(prefix="/v1/callbacks", tags=["case system"])
MOST_BYTES = 256 * 1024


@router.post("/cases", status_code=204, responses={401: {}, 413: {}, 422: {}})
async def take(request: Request, site: TheSite) -> Response:
    """Checks the signature and puts the answer into the outbox; the answers stage does the rest."""
    body = await _body(request)
    try:
        answer = callback.accept(
            request.headers, body, site.settings.case_secret, site.clock() / 1000
        )
    except BadMessage as bad:
        raise HTTPException(422, bad.reason) from bad
    await site.database.execute(
        "triage_outbox",
        topic=topics.ANSWERS,
        key=answer.party_id.encode(),
        value=codec.encode(answer),
    )
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise HTTPException(413, "too_large")
    return b"".join(parts)
