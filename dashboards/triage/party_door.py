"""Owns who has shown that a private link is theirs, and reads the form they send.

The pass is a cookie for the link's own address only, signed, for half an hour. Knows no table.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from fastapi import HTTPException, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException

from dashboards.triage.pages import page
from dashboards.triage.site import Site
from pipelines.parties.door import NoEntry, link_of
from pipelines.parties.files import MOST_FILES

PASS_MS = 30 * 60_000
_COOKIE = "vigil_party"
_STATUS = {"unknown": 404, "expired": 410, "revoked": 410, "locked": 429}

Row = dict[str, Any]


async def entered(request: Request, site: Site, token: str) -> tuple[Row, bool]:
    """The link, and whether this browser has shown whose it is.

    Raises:
        NoEntry: the link opens nothing.
    """
    link = await link_of(site.database, token, now_ms=site.clock())
    held = request.cookies.get(_COOKIE, "")
    ends, _, _ = held.partition(".")
    known = ends.isascii() and ends.isdigit() and len(ends) < 16  # noqa: PLR2004  epoch ms
    right = known and hmac.compare_digest(held.encode(), _pass(site, link, int(ends)).encode())
    return link, right and int(ends) > site.clock()


def let_in(response: Response, site: Site, link: Row, token: str) -> None:
    """Gives the pass."""
    response.set_cookie(
        _COOKIE, _pass(site, link, site.clock() + PASS_MS), path=f"/p/{token}", httponly=True,
        samesite="lax", secure=site.settings.public_url.startswith("https://"),
        max_age=PASS_MS // 1000,
    )  # fmt: skip


def closed(request: Request, error: NoEntry) -> Response:
    """The page that says why a link opens nothing; of an unknown one it says nothing more."""
    return page(request, "party_closed.html", status=_STATUS[error.code], code=error.code)


async def form_of(request: Request) -> FormData:
    """A form with files; how large it may be is the gate's (``bounds.LARGER``).

    Raises:
        HTTPException: 400.
    """
    try:
        return await request.form(max_files=MOST_FILES + 1, max_fields=20, max_part_size=40_000)
    except MultiPartException as error:
        raise HTTPException(400, "malformed") from error


def text_of(form: FormData, name: str) -> str:
    """A field's text; empty where there is none."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


async def files_of(form: FormData) -> list[tuple[str, bytes]]:
    """The files that were chosen; a browser sends an empty one where none was."""
    sent = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    return [(str(f.filename), await f.read()) for f in sent]


def _pass(site: Site, link: Row, ends_ms: int) -> str:
    said = f"party\0{link['token_sha256']}\0{ends_ms}".encode()
    return f"{ends_ms}.{hmac.new(site.secret.encode(), said, hashlib.sha256).hexdigest()}"
