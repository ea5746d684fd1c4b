"""Owns the door through which the case system calls back. Signed; repeated calls are harmless."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from dashboards.triage.site import TheSite
from pipelines.cases import callback
from pipelines.errors import BadMessage

router = APIRouter(prefix="/v1/callbacks", tags=["case system"])
_STATUS = {"bad_signature": 401, "unknown_case": 404, "conflict": 409}


@router.post("/cases", status_code=204, responses={401: {}, 404: {}, 409: {}, 413: {}, 422: {}})
async def take(request: Request, site: TheSite) -> Response:
    """Checks the signature and puts the answer into the outbox; the answers stage does the rest."""
    body = await _body(request)
    try:
        await callback.receive(
            site.database,
            request.headers,
            body,
            secret=site.settings.case_secret,
            now_ms=site.clock(),
        )
    except BadMessage as bad:
        raise HTTPException(_STATUS.get(bad.reason, 422), bad.reason) from bad
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    """Reads no more than a call back may have: the caller is not known yet."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > callback.MAX_BODY_BYTES:
            raise HTTPException(413, "too_large")
    return b"".join(parts)
