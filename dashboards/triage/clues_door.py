"""Owns the door by which a platform hands clues down: signed or with a key; the same is once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel

from dashboards.triage.site import TheSite
from pipelines.cases.signing import headers_for
from pipelines.clues.intake import OtherBody, take
from pipelines.clues.platforms import BadPlatforms, Platforms, load, sender_of
from pipelines.clues.refusals import refuse
from pipelines.clues.types import MAX_BODY_BYTES, BadClue, Clue, read

router = APIRouter(prefix="/v1", tags=["province"])


class ReceiptData(BaseModel):
    """What was received, and by when it will be answered; times are ISO 8601 with a zone."""

    platform_id: str
    clue_id: str
    received: str
    body_sha256: str
    due: str


class ReceiptOut(BaseModel):
    """The receipt, signed by the three webhook headers over these very bytes."""

    type: str
    id: str
    timestamp: str
    data: ReceiptData


def _schema() -> dict[str, Any]:
    """The JSON Schema of a clue, with its parts inside."""
    (schema,), parts = msgspec.json.schema_components([Clue], ref_template="#/x/{name}")
    found: dict[str, Any] = _inlined(schema, parts)
    return found


def _inlined(part: Any, parts: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(parts[part["$ref"].rpartition("/")[2]], parts)
        return {name: _inlined(value, parts) for name, value in part.items()}
    return [_inlined(one, parts) for one in part] if isinstance(part, list) else part


_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema()}}}}


@router.post(
    "/clues", status_code=202, response_model=ReceiptOut, openapi_extra=_BODY,
    responses={
        401: {"description": "neither a signature nor a key of a known platform"},
        409: {"description": "another clue is held under this id"},
        413: {"description": "larger than 256 KiB"},
        422: {"description": "no clue; says what is wrong and where"},
    },
)  # fmt: skip
async def receive(request: Request, site: TheSite) -> Response:
    """Takes a clue and answers with its receipt: 202 also when it had come before, word for word.

    Standard Webhooks headers over the body, or ``Authorization: Bearer KEY``.
    """
    body, now_ms = await _body(request), site.clock()
    sender = sender_of(_platforms(site.settings.clue_platforms), request.headers, body,
                       now_ms=now_ms)  # fmt: skip
    if isinstance(sender, str):
        raise HTTPException(401, sender)
    try:
        taken = await take(site.database, sender, read(body), way="http", now_ms=now_ms)
    except BadClue as error:
        await refuse(site.database, sender, body, str(error), way="http", now_ms=now_ms)
        raise HTTPException(422, str(error)) from error
    except OtherBody as error:
        await refuse(site.database, sender, body, str(error), way="http", now_ms=now_ms)
        raise HTTPException(
            409, {"error": "another_body", "body_sha256": error.body_sha256}
        ) from error
    signed = {}
    if sender.secret:
        signed = headers_for(sender.secret, taken.receipt_id, taken.receipt, now_ms=now_ms)
    return Response(taken.receipt, 202, headers=signed, media_type="application/json")


@lru_cache(maxsize=4)
def _platforms(path: Path | None) -> Platforms:
    try:
        return load(path)
    except BadPlatforms as error:
        raise HTTPException(503, "platforms") from error


async def _body(request: Request) -> bytes:
    """Reads no more than a clue may have: the caller is not known yet."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, "too_large")
    return b"".join(parts)
