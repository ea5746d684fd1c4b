"""Owns the order in which a request is looked at before any route sees it, and tells of refusals.

Host, size, origin, rate; then the body is bounded while it comes. What a route refuses later is
told here too: one log event and one count for each answer of 4xx. Must not decide who may do what,
nor write the secret of a private link into a log.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.triage.bounds import BoundedBody, too_much
from dashboards.triage.buckets import take
from dashboards.triage.crossing import crosses, origin_of
from dashboards.triage.limits import buckets
from dashboards.triage.pages import page
from dashboards.triage.session import address_of
from dashboards.triage.site import Site, site_of
from dashboards.triage.ticket import ticket_of
from pipelines import metrics
from pipelines.errors import Transient

log = structlog.get_logger()
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TOLD = {400: "malformed", 414: "long_address", 431: "long_headers", 413: "too_large"}
_REFUSED_FROM, _FAILED_FROM = 400, 500
_LONGEST_TOLD = 200
_LINK = re.compile(r"(^/*p/+)[^/]+", re.IGNORECASE)


class Gate:
    """ASGI middleware, inside ``Tickets``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(request, int(message["status"]))
            await send(message)

        refusal = await _refusal(request)
        if refusal is not None:
            await refusal(scope, receive, watched)
            return
        await self._app(scope, BoundedBody(receive, scope["path"]), watched)


def for_script(request: Request) -> bool:
    """Whether a script asks, so that the answer must be JSON."""
    return request.url.path.startswith(("/api/", "/v1/", "/log/", "/viewing/pieces/"))


def told_path(path: str) -> str:
    """An address as logs may have it: short, ASCII, without the secret of a private link."""
    return quote(_LINK.sub(r"\1***", path)[:_LONGEST_TOLD], safe="/*")


def why(request: Request, reason: str) -> None:
    """Says, for the log and the count, why the request is being refused."""
    request.scope["vigil.why"] = reason


def host_known(site: Site, host: str) -> bool:
    """Whether a request is meant for us: no page of ours is shown under another's name."""
    said = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    own = urlsplit(site.settings.public_url).hostname or ""
    if own in _LOOPBACK and not site.settings.web_hosts:
        return True
    return said.strip("[]").lower() in {own, *site.settings.web_hosts}


async def _refusal(request: Request) -> Response | None:
    site, scope = site_of(request), request.scope
    headers = Headers(scope=scope)
    if scope["path"] != "/healthz" and not host_known(site, headers.get("host", "")):
        return _answer(request, 421, "host")
    if status := too_much(scope):
        return _answer(request, status, _TOLD[status])
    ours = frozenset({origin_of(str(request.base_url)), origin_of(site.settings.public_url)})
    if crosses(request.method, scope["path"], headers, ours):
        return _answer(request, 403, "cross_site")
    wait_s = await _wait_s(request, site)
    if wait_s:
        return _answer(request, 429, "rate", wait_s=wait_s)
    return None


async def _wait_s(request: Request, site: Site) -> int:
    ticket = ticket_of(request)
    asked = buckets(
        request.method,
        request.url.path,
        session="" if ticket.fresh else ticket.digest,
        address=address_of(request),
        scale=site.settings.web_rates,
    )
    try:
        return await take(site.database, asked) if asked else 0
    except Transient:
        return 0  # the route will say that there is no database


def _answer(request: Request, status: int, reason: str, *, wait_s: int = 0) -> Response:
    why(request, reason)
    if for_script(request):
        answer: Response = JSONResponse({"detail": reason}, status)
    else:
        answer = page(request, "error.html", status=status, code=status, detail=reason,
                      wait_s=wait_s)  # fmt: skip
    if wait_s:
        answer.headers["Retry-After"] = str(wait_s)
    if status in (400, 413, 414, 431):
        answer.headers["Connection"] = "close"
    return answer


def _tell(request: Request, status: int) -> None:
    if not _REFUSED_FROM <= status < _FAILED_FROM:
        return
    reason = request.scope.get("vigil.why", f"status_{status}")
    metrics.TURNED_AWAY.labels(reason).inc()
    ticket = ticket_of(request)
    log.warning(
        "turned_away",
        why=reason,
        status=status,
        method=request.method,
        path=told_path(request.scope["path"]),
        address=address_of(request),
        session="" if ticket.fresh else ticket.digest[:12],
    )
