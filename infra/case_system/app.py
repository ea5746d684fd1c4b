"""Owns the HTTP face: order of checks, status codes, and the published OpenAPI document."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from infra.case_system import checks, document
from infra.case_system.decide import Decider
from infra.case_system.faults import Faults
from infra.case_system.objects import ObjectFolder, Upload
from infra.case_system.options import Options
from infra.case_system.signing import verified
from infra.case_system.store import CaseStore
from infra.case_system.wire import CaseStatus, Conflict, Problem, Receipt, Refusal, Stored

_FOREVER_S = 3600.0
_GONE = 410

ObjectId = Annotated[
    str, InPath(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, hex")
]
CaseId = Annotated[str, InPath(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Signature = Annotated[str | None, Header(alias="webhook-signature")]
Timestamp = Annotated[str | None, Header(alias="webhook-timestamp", description="epoch seconds")]
Key = Annotated[str | None, Header(alias="idempotency-key", description="the event's id")]
MessageId = Annotated[str | None, Header(alias="webhook-id", description="the same at every try")]


class CaseSystem:
    """What the routes share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = CaseStore(options.data)
        self.objects = ObjectFolder(options.data / "objects")
        self.faults = Faults(options)

    def fault(self) -> JSONResponse | None:
        """The next planned failure, when one is due."""
        status = self.faults.refusal()
        if status is None:
            return None
        wait = self.options.retry_after_s
        headers = {} if wait is None else {"retry-after": str(wait)}
        code = "gone" if status == _GONE else "unavailable"
        return _refusal(status, code, "", "on purpose", headers)

    def stranger(self, request: Request, content: bytes) -> JSONResponse | None:
        """A 401 unless ``content`` is signed with the shared secret, now."""
        why = verified(self.options.secret, request.headers, content)
        return None if why is None else _refusal(401, "bad_signature", "webhook-signature", why)

    def take(self, body: bytes, key: str, message_id: str) -> JSONResponse:
        """Checks and keeps a case whose signature was right."""
        event = checks.parse(body)
        if isinstance(event, list):
            return _answer(422, Refusal(problems=event))
        wrong = checks.addressed(event, key, message_id)
        if wrong:
            return _answer(422, Refusal(problems=wrong))
        case = event.data
        held = self.store.held(case.case_id, case.revision)
        if held is None:
            newest = self.store.held(case.case_id)
            if newest is not None and newest.revision > case.revision:
                detail = f"revision {newest.revision} is held"
                return _refusal(409, "out_of_order", "data.revision", detail)
            problems = checks.problems(event, self.objects.digest)
            if problems:
                return _answer(422, Refusal(problems=problems))
            now_ms = int(time.time() * 1000)
            held = self.store.hold(
                case_id=case.case_id, revision=case.revision, body=body, now_ms=now_ms
            )
        if held.body_sha256 != hashlib.sha256(body).hexdigest():
            detail = "another body is held under this key"
            conflict = Problem(code="conflict", where="id", detail=detail)
            return _answer(
                409,
                Conflict(
                    problems=[conflict], receipt=held.receipt, payload_sha256=held.body_sha256
                ),
            )
        return _answer(202, Receipt(receipt=held.receipt, case_id=held.case_id))


def described() -> dict[str, Any]:
    """The OpenAPI document of the contract."""
    with tempfile.TemporaryDirectory() as folder:
        app = build(Options(secret="whsec_AAAA", data=Path(folder)))  # noqa: S106  for no one
        document: dict[str, Any] = app.openapi()
        app.state.system.store.close()
    return document


def build(options: Options) -> FastAPI:
    """The case system as an ASGI application; its decisions run while it lives."""
    system = CaseSystem(options)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        deciding = asyncio.create_task(Decider(system.store, options).run())
        yield
        deciding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await deciding
        system.store.close()

    app = FastAPI(title=document.TITLE, version=document.VERSION, lifespan=life)
    app.state.system = system
    app.add_api_route(
        "/v2/objects/{sha256}",
        put_object,
        methods=["PUT"],
        responses=document.responses({200: Stored, 401: Refusal, 413: Refusal, 422: Refusal}),
        response_model=Stored,
        openapi_extra=document.OBJECT_BODY,
    )
    app.add_api_route(
        "/v2/objects/{sha256}",
        head_object,
        methods=["HEAD"],
        responses=document.responses({401: Refusal, 404: Refusal}),
        response_model=None,
    )
    app.add_api_route(
        "/v2/cases",
        post_case,
        methods=["POST"],
        status_code=202,
        response_model=Receipt,
        responses=document.responses(
            {401: Refusal, 409: Conflict, 410: Refusal, 413: Refusal, 422: Refusal, 503: Refusal}
        ),
        openapi_extra=document.CASE_BODY,
    )
    app.add_api_route(
        "/v2/cases/{case_id}",
        get_case,
        methods=["GET"],
        response_model=CaseStatus,
        responses=document.responses({401: Refusal, 404: Refusal, 422: Refusal}),
    )
    app.add_exception_handler(RequestValidationError, _malformed)
    document.publish(app)
    return app


async def put_object(
    request: Request,
    sha256: ObjectId,
    webhook_id: MessageId = None,
    webhook_timestamp: Timestamp = None,
    webhook_signature: Signature = None,
) -> JSONResponse:
    """Takes an object in. What is signed is the digest in the path, which binds the bytes."""
    del webhook_id, webhook_timestamp, webhook_signature  # named for the document
    system: CaseSystem = request.app.state.system
    refused = system.fault() or system.stranger(request, sha256.encode())
    if refused is not None:
        return refused
    held = system.objects.digest(sha256)
    if held is not None and held[0] == sha256:
        return _answer(200, Stored(sha256=sha256, size_bytes=held[1]))
    upload = system.objects.begin()
    try:
        too_large = await _receive(request, upload, system.options.max_object_bytes)
        if too_large:
            return _refusal(413, "too_large", "body", "larger than this system takes")
        digest = upload.keep(system.objects.path(sha256))
    finally:
        upload.drop()
    if digest != sha256:
        return _refusal(422, "digest_mismatch", "body", f"the bytes received are {digest}")
    return _answer(200, Stored(sha256=sha256, size_bytes=upload.size_bytes))


async def head_object(
    request: Request,
    sha256: ObjectId,
    webhook_id: MessageId = None,
    webhook_timestamp: Timestamp = None,
    webhook_signature: Signature = None,
) -> Response:
    """Whether an object is held, whole and unchanged."""
    del webhook_id, webhook_timestamp, webhook_signature
    system: CaseSystem = request.app.state.system
    if system.stranger(request, sha256.encode()) is not None:
        return Response(status_code=401)
    held = system.objects.digest(sha256)
    return Response(status_code=200 if held is not None and held[0] == sha256 else 404)


async def post_case(
    request: Request,
    idempotency_key: Key = None,
    webhook_id: MessageId = None,
    webhook_timestamp: Timestamp = None,
    webhook_signature: Signature = None,
) -> JSONResponse:
    """Takes a candidate case. What is signed is the exact body.

    The same body again gets the same receipt; another one under the same id and revision, 409.
    """
    del webhook_timestamp, webhook_signature
    system: CaseSystem = request.app.state.system
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > system.options.max_case_bytes:
            return _refusal(413, "too_large", "body", "larger than this system takes")
    if system.options.hang:
        await asyncio.sleep(_FOREVER_S)
    exact = bytes(body)
    refused = system.fault() or system.stranger(request, exact)
    if refused is not None:
        return refused
    taken = system.take(exact, idempotency_key or "", webhook_id or "")
    if await system.faults.after():
        return _refusal(500, "unavailable", "", "kept, and the answer lost on purpose")
    return taken


async def get_case(
    request: Request,
    case_id: CaseId,
    webhook_id: MessageId = None,
    webhook_timestamp: Timestamp = None,
    webhook_signature: Signature = None,
) -> JSONResponse:
    """What became of a case, at its latest revision. What is signed is the case id."""
    del webhook_id, webhook_timestamp, webhook_signature
    system: CaseSystem = request.app.state.system
    refused = system.stranger(request, case_id.encode())
    if refused is not None:
        return refused
    held = system.store.held(case_id)
    if held is None:
        return _refusal(404, "not_found", "case_id", f"no case {case_id}")
    steps = system.store.steps(case_id)
    status: dict[str, Any] = {
        "case_id": held.case_id,
        "revision": held.revision,
        "receipt": held.receipt,
        "payload_sha256": held.body_sha256,
        "revisions": system.store.revisions(case_id),
        "status": steps[-1] if steps else "received",
        "steps": steps,
    }
    return _answer(200, CaseStatus(**status))


async def _receive(request: Request, upload: Upload, limit: int) -> bool:
    async for chunk in request.stream():
        upload.write(chunk)
        if upload.size_bytes > limit:
            return True
    return False


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    return _refusal(422, "schema", "path", str(error))


def _answer(status: int, body: BaseModel, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status_code=status, headers=dict(headers or {}))


def _refusal(
    status: int, code: Any, where: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    problem = Problem(code=code, where=where, detail=detail)
    return _answer(status, Refusal(problems=[problem]), headers)
