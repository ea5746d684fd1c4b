"""Owns putting the site together: routers, middleware, what an error looks like."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from dashboards.triage import (
    access_api,
    access_pages,
    alert,
    api,
    browse,
    callbacks,
    case_files,
    cases,
    clocks,
    clues,
    clues_door,
    drawn,
    duties,
    faults,
    health,
    incidents,
    keeping,
    keeping_api,
    live,
    objects,
    overlay,
    parties,
    party_answers,
    party_page,
    party_receipts,
    party_shown,
    precision,
    queue,
    queue_api,
    queue_bulk,
    queue_saved,
    records,
    reviews,
    sessions,
    signing_in,
    silences,
    transparency,
    viewing,
)
from dashboards.triage.access_door import Refused, tell_refused
from dashboards.triage.gate import Gate, for_script, why
from dashboards.triage.headers import SecurityHeaders
from dashboards.triage.oidc import Provider, end_session_origins
from dashboards.triage.packages import folder_of, forget_old
from dashboards.triage.pages import FOLDER, page
from dashboards.triage.secret import session_key
from dashboards.triage.session import SignInNeeded
from dashboards.triage.site import Site
from dashboards.triage.ticket import Tickets
from detectors.catalogue import bundled
from pipelines.access.reels import Reels
from pipelines.browse.shelf import Shelf
from pipelines.errors import Transient, Unstorable
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault

log = structlog.get_logger()
_FILMS_AT_ONCE = 2
ROUTERS = (
    signing_in,
    sessions,
    queue,
    queue_saved,
    queue_bulk,
    live,
    queue_api,
    precision,
    alert,
    reviews,
    silences,
    incidents,
    clues,
    clues_door,
    clocks,
    drawn,
    browse,
    overlay,
    objects,
    viewing,
    access_pages,
    access_api,
    keeping,
    keeping_api,
    case_files,
    duties,
    faults,
    parties,
    cases,
    records,
    health,
    transparency,
    api,
    callbacks,
    party_answers,
    party_page,
    party_receipts,
    party_shown,
)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Refusal(BaseModel):
    """How a script is told no: a code, or what is wrong with what it sent, or why by the policy."""

    detail: str | list[dict[str, Any]] | dict[str, Any]


REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": Refusal, "description": said}
    for code, said in {
        400: "malformed", 401: "nobody is signed in", 403: "they may not, or the token is missing",
        404: "nothing there for them", 408: "sent too slowly", 409: "it stands otherwise by now",
        413: "too large", 414: "the address is too long", 421: "not for this site",
        422: "something is missing or wrong",
        429: "too often; Retry-After says when", 503: "the database is away",
    }.items()
}  # fmt: skip
"""What any route may answer, in OpenAPI."""


def routes() -> FastAPI:
    """The site's routes by themselves; ``openapi()`` describes those for scripts."""
    app = FastAPI(
        title="Vigil triage", version="1", docs_url=None, redoc_url=None, responses=REFUSALS
    )
    for part in ROUTERS:
        app.include_router(part.router)
    return app


def create_app(
    settings: Settings, database: Database, *, clock: Callable[[], int] = _now_ms
) -> FastAPI:
    """The triage site over an open database. Makes the session key when none is set."""
    app = routes()
    store, secret = open_vault(settings), session_key(settings)
    app.state.site = Site(
        settings=settings,
        database=database,
        objects=store,
        copies=Shelf(
            settings.copies,
            store,
            card=settings.model_card,
            keep_bytes=int(settings.copies_keep_gb * 1e9),
        ),
        rules=bundled(),
        secret=secret,
        reels=Reels(store),
        projector=asyncio.Semaphore(_FILMS_AT_ONCE),
        packing=asyncio.Lock(),
        clock=clock,
    )
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    forget_old(folder_of(settings))
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    secure = settings.public_url.startswith("https://")
    app.add_middleware(Gate)
    app.add_middleware(Tickets, secure=secure)
    app.add_middleware(SecurityHeaders, secure=secure, forms=end_session_origins(settings))
    app.add_exception_handler(SignInNeeded, _sign_in_needed)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Refused, tell_refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Unstorable, _unstorable)
    app.add_exception_handler(Transient, _unavailable)
    return app


async def _sign_in_needed(request: Request, _error: Exception) -> Response:
    if for_script(request):
        return JSONResponse({"detail": "sign_in_needed"}, 401)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    to = target if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?to={quote(to)}", status_code=303)


async def _refused(request: Request, error: Exception) -> Response:
    status, detail = 500, "error"
    headers = None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, error.headers
    if isinstance(detail, str):
        why(request, detail[:60] if detail.isidentifier() else f"status_{status}")
    if for_script(request):
        return JSONResponse({"detail": detail}, status, headers=headers)
    answer = page(request, "error.html", status=status, code=status, detail=detail, wait_s=0)
    answer.headers.update(headers or {})
    return answer


async def _malformed(request: Request, error: Exception) -> Response:
    if for_script(request) and isinstance(error, RequestValidationError):
        found = [{"at": e["loc"], "problem": e["msg"]} for e in error.errors()]
        return JSONResponse({"detail": found}, 422)
    return page(request, "error.html", status=422, code=422, detail="", wait_s=0)


async def _unstorable(request: Request, error: Exception) -> Response:
    why(request, "unstorable")
    log.warning("unstorable", detail=ascii(str(error))[:200])
    if for_script(request):
        return JSONResponse({"detail": "unstorable"}, 422)
    return page(request, "error.html", status=422, code=422, detail="", wait_s=0)


async def _unavailable(request: Request, error: Exception) -> Response:
    if for_script(request):
        return JSONResponse({"detail": str(error)[:200]}, 503)
    return page(request, "error.html", status=503, code=503, detail="", wait_s=0)
