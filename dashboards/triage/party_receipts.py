"""Owns the door through which gateways of notices tell what became of one. Signed."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from dashboards.triage.site import TheSite
from pipelines.errors import BadMessage
from pipelines.notices import receipts

router = APIRouter(prefix="/v1/callbacks", tags=["notices"])
_STATUS = {"bad_signature": 401, "unknown_notice": 404}


@router.post("/notices", status_code=204, responses={401: {}, 404: {}, 413: {}, 422: {}})
async def take(request: Request, site: TheSite) -> Response:
    """Checks the signature and writes the receipt down; the same one twice is once."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > receipts.MAX_BODY_BYTES:
            raise HTTPException(413, "too_large")
    try:
        await receipts.receive(
            site.database, request.headers, b"".join(parts),
            secret=site.settings.notice_secret, now_ms=site.clock(),
        )  # fmt: skip
    except BadMessage as bad:
        raise HTTPException(_STATUS.get(bad.reason, 422), bad.reason) from bad
    return Response(status_code=204)
