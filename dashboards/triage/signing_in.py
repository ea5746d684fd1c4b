"""Owns the forms for signing in and out, the way by the OpenID provider, the choice of language."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any, cast

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.texts import Language
from dashboards.triage.gate import why
from dashboards.triage.oidc import BACK, NotLetIn, Provider
from dashboards.triage.pages import language_of, page
from dashboards.triage.session import (
    WAY_MS,
    LocalSignInOff,
    TooManyAttempts,
    begin,
    check_csrf,
    sign_in,
    sign_out,
)
from dashboards.triage.site import TheSite, site_of
from dashboards.triage.ticket import ticket_of
from pipelines import metrics

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 86_400


def local_path(path: str) -> str:
    """The path when it is one of ours, else the queue: no redirect leads off the site."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if ours and path.isprintable() and path.isascii() else "/"


def provider_of(request: Request) -> Provider | None:
    """The OpenID provider; None where the settings name none."""
    return cast("Provider | None", request.app.state.provider)


@router.get("/sign-in")
async def show(request: Request, to: str = "/") -> HTMLResponse:
    """The form."""
    return _form(request, to=to)


@router.post("/sign-in")
async def enter(
    *,
    request: Request,
    site: TheSite,
    officer_id: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    csrf: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Signs in, or says why not."""
    check_csrf(request, csrf)
    try:
        officer = await sign_in(request, site, officer_id.strip(), password)
    except TooManyAttempts as error:
        metrics.SIGN_INS.labels("password", "wait").inc()
        answer = _form(
            request, to=to, status=429, problem="wait", wait_s=error.wait_s, name=officer_id
        )
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    except LocalSignInOff:
        metrics.SIGN_INS.labels("password", "off").inc()
        return _form(request, to=to, status=403, problem="local_off", name=officer_id)
    if officer is None:
        metrics.SIGN_INS.labels("password", "wrong").inc()
        return _form(request, to=to, status=401, problem="wrong", name=officer_id)
    metrics.SIGN_INS.labels("password", "in").inc()
    return RedirectResponse(local_path(to), status_code=303)


@router.get("/sign-in/oidc")
async def set_out(request: Request, site: TheSite, to: str = "/") -> Response:
    """Sends the browser to the OpenID provider, with a way back that only it can take, once."""
    provider = provider_of(request)
    if provider is None:
        return _form(request, to=to, status=404, problem="oidc_none")
    ticket = ticket_of(request)
    ticket.used = True
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        url = await provider.set_out(
            state=state, nonce=nonce, verifier=verifier, language=language_of(request)
        )
    except NotLetIn as error:
        return _not_let_in(request, error, to)
    await site.database.execute(
        "door_set_out", state_sha256=_digest(state), visitor=ticket.digest, nonce=nonce,
        verifier=verifier, landing=local_path(to), set_out_ms=site.clock(),
    )  # fmt: skip
    return RedirectResponse(url, status_code=303)


@router.get(BACK)
async def come_back(request: Request, site: TheSite) -> Response:
    """Takes the provider's answer: the officer it names must be in the register."""
    provider, said = provider_of(request), dict(request.query_params)
    way = await site.database.row(
        "door_come_back", state_sha256=_digest(said.get("state", "")),
        visitor=ticket_of(request).digest, after_ms=site.clock() - WAY_MS,
    )  # fmt: skip
    if provider is None or way is None:
        return _not_let_in(request, NotLetIn("state"), "/")
    landing = str(way["landing"])
    try:
        found = await provider.come_back(
            said, nonce=str(way["nonce"]), verifier=str(way["verifier"])
        )
    except NotLetIn as error:
        return _not_let_in(request, error, landing)
    row = await site.database.row("triage_officer", officer_id=found.officer_id)
    if row is None:
        return _not_let_in(request, NotLetIn("unknown", found.officer_id), landing)
    await begin(request, site, row, how="oidc", hint=found.id_token)
    metrics.SIGN_INS.labels("oidc", "in").inc()
    return RedirectResponse(landing, status_code=303)


@router.post("/sign-out")
async def leave(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Signs out, at the provider too where they came by one."""
    check_csrf(request, csrf)
    hint, provider = await sign_out(request), provider_of(request)
    there = await provider.sign_out_url(hint) if provider and hint else None
    return RedirectResponse(there or "/sign-in", status_code=303)


@router.get("/language/{language}")
async def choose(request: Request, language: Language, to: str = "/") -> Response:
    """Remembers a language."""
    answer = RedirectResponse(local_path(to), status_code=303)
    secure = site_of(request).settings.public_url.startswith("https://")
    answer.set_cookie(
        "language", language, max_age=_YEAR_S, httponly=True, samesite="lax", secure=secure
    )
    return answer


def _not_let_in(request: Request, error: NotLetIn, to: str) -> HTMLResponse:
    metrics.SIGN_INS.labels("oidc", error.code).inc()
    why(request, f"oidc_{error.code}")
    log.warning("oidc_not_let_in", code=error.code, detail=ascii(str(error)))
    status = 503 if error.code == "unreachable" else 403
    return _form(request, to=to, status=status, problem=f"oidc_{error.code}")


def _form(
    request: Request, *, to: str, status: int = 200, problem: str = "", name: str = "",
    wait_s: int = 0,
) -> HTMLResponse:  # fmt: skip
    settings = site_of(request).settings
    context: dict[str, Any] = {
        "to": local_path(to), "problem": problem, "name": name, "wait_s": wait_s,
        "oidc": provider_of(request) is not None, "local": settings.sign_in_local,
    }  # fmt: skip
    return page(request, "sign_in.html", status=status, **context)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
