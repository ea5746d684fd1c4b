"""Owns who is signed in: password check, session, CSRF token. Must not draw pages."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, HTTPException, Request

from dashboards.triage.attempts import ADDRESS_LIMIT, OFFICER_LIMIT
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Actor

_OFFICER, _CSRF, _SESSION = "officer", "csrf", "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who is signed in; ``session`` tells this sign-in from their others."""

    officer_id: str
    name_zh: str
    name_en: str
    role: str
    unit_id: str
    session: str

    @property
    def actor(self) -> Actor:
        """What the policy asks of them."""
        return Actor(officer_id=self.officer_id, role=self.role, unit_id=self.unit_id)


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


class TooManyAttempts(Exception):
    """``wait_s`` seconds until the next try is heard."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


def csrf_token(request: Request) -> str:
    """The session's token, made on first use."""
    return str(request.session.setdefault(_CSRF, secrets.token_urlsafe(24)))


def check_csrf(request: Request, token: str) -> None:
    """Refuses a form or call that our own page did not send.

    Raises:
        HTTPException: 403.
    """
    held = str(request.session.get(_CSRF, ""))
    if not held or not secrets.compare_digest(held.encode(), token.encode()):
        raise HTTPException(403, "csrf")


async def sign_in(request: Request, site: Site, officer_id: str, password: str) -> Officer | None:
    """Starts a session, or returns None when name or password is wrong.

    Raises:
        TooManyAttempts: too many failures lately from this address or for this name.
    """
    address = request.client.host if request.client else ""
    limits = {f"{address} {officer_id}": OFFICER_LIMIT, address: ADDRESS_LIMIT}
    now = site.clock()
    wait_ms = max(site.attempts.wait_ms(key, now, limit=most) for key, most in limits.items())
    if wait_ms > 0:
        raise TooManyAttempts(-(-wait_ms // 1000))
    row = await site.database.row("triage_officer", officer_id=officer_id)
    held = str(row["password_hash"]) if row else _nobody()
    right = await asyncio.to_thread(_matches, held, password)
    if row is None or not right:
        for key in limits:
            site.attempts.fail(key, now)
        return None
    site.attempts.clear(f"{address} {officer_id}")
    request.session.clear()  # a session from before must not live on
    request.session[_OFFICER] = officer_id
    request.session[_SESSION] = secrets.token_urlsafe(24)
    csrf_token(request)
    return _officer(row, request)


def sign_out(request: Request) -> None:
    """Ends the session."""
    request.session.clear()


async def officer_of(request: Request, site: TheSite) -> Officer:
    """Who is signed in, as the register has them now.

    Raises:
        SignInNeeded: nobody, or somebody who has left the register.
    """
    officer_id = request.session.get(_OFFICER)
    row = await site.database.row("triage_officer", officer_id=officer_id) if officer_id else None
    if row is None or _SESSION not in request.session:
        raise SignInNeeded
    return _officer(row, request)


TheOfficer = Annotated[Officer, Depends(officer_of)]


def _officer(row: dict[str, object], request: Request) -> Officer:
    return Officer(
        officer_id=str(row["officer_id"]),
        name_zh=str(row["name_zh"]),
        name_en=str(row["name_en"]),
        role=str(row["role"]),
        unit_id=str(row["unit_id"]),
        session=str(request.session[_SESSION]),
    )


def _matches(held: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(held, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash to check against when there is no such officer, so that both cases take as long."""
    return PasswordHasher().hash(secrets.token_urlsafe(16))
