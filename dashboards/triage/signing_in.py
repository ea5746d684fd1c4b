"""Owns the forms for signing in and out, and the choice of language."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.texts import Language
from dashboards.triage.pages import page
from dashboards.triage.session import TooManyAttempts, check_csrf, sign_in, sign_out
from dashboards.triage.site import TheSite

router = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 86_400


def local_path(path: str) -> str:
    """The path when it is one of ours, else the queue: no redirect leads off the site."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ours and path.isprintable() else "/"


@router.get("/sign-in")
async def show(request: Request, to: str = "/") -> HTMLResponse:
    """The form."""
    return page(request, "sign_in.html", to=local_path(to), problem="", wait_s=0, name="")


@router.post("/sign-in")
async def enter(
    *,
    request: Request,
    site: TheSite,
    officer_id: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Signs in, or says why not."""
    check_csrf(request, csrf)
    again: dict[str, Any] = {"to": local_path(to), "name": officer_id}
    try:
        officer = await sign_in(request, site, officer_id.strip(), password)
    except TooManyAttempts as error:
        return page(
            request, "sign_in.html", status=429, problem="wait", wait_s=error.wait_s, **again
        )
    if officer is None:
        return page(request, "sign_in.html", status=401, problem="wrong", wait_s=0, **again)
    return RedirectResponse(local_path(to), status_code=303)


@router.post("/sign-out")
async def leave(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Signs out."""
    check_csrf(request, csrf)
    sign_out(request)
    return RedirectResponse("/sign-in", status_code=303)


@router.get("/language/{language}")
async def choose(request: Request, language: Language, to: str = "/") -> Response:
    """Remembers a language."""
    answer = RedirectResponse(local_path(to), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        "language", language, max_age=_YEAR_S, httponly=True, samesite="lax", secure=secure
    )
    return answer
