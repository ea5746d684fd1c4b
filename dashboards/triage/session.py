"""Owns who is signed in: the password check, sessions and their end, the CSRF token.

A session is a row; the cookie holds its token, the database only the token's digest. Must not draw
pages.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, HTTPException, Request

from dashboards.triage.attempts import attempt, succeeded
from dashboards.triage.site import Site, TheSite, site_of
from dashboards.triage.ticket import ticket_of
from pipelines.access.policy import Actor
from pipelines.store.database import Row

How = Literal["password", "oidc"]
Why = Literal["signed_out", "idle", "over", "changed", "replaced", "ended"]
_SEEN_EVERY_MS = 20_000
_FORGET_MS = 90 * 86_400_000
WAY_MS = 10 * 60_000
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_AGENT_CHARACTERS = 200


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


class LocalSignInOff(Exception):
    """Passwords open nothing here, or not for this officer."""


class TooManyAttempts(Exception):
    """``wait_s`` seconds until the next try is heard."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


def csrf_token(request: Request) -> str:
    """What a form must send back: bound to the browser's cookie, so it changes with the session."""
    ticket = ticket_of(request)
    ticket.used = True
    key = site_of(request).secret.encode()
    made = hmac.digest(key, b"csrf\0" + ticket.token.encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def check_csrf(request: Request, token: str) -> None:
    """Refuses a form or call that our own page did not send.

    Raises:
        HTTPException: 403.
    """
    known = not ticket_of(request).fresh
    if not known or not secrets.compare_digest(csrf_token(request).encode(), token.encode()):
        raise HTTPException(403, "csrf")


def address_of(request: Request) -> str:
    """Where a request comes from; behind a proxy only what a trusted one says."""
    return request.client.host if request.client else ""


async def sign_in(request: Request, site: Site, officer_id: str, password: str) -> Officer | None:
    """Starts a session, or returns None when name or password is wrong.

    Raises:
        TooManyAttempts: too many failures lately from this address or for this name.
        LocalSignInOff: the settings leave the password to nobody, or to somebody else.
    """
    settings = site.settings
    if settings.sign_in_local == "nobody":
        raise LocalSignInOff
    if settings.sign_in_local == "emergency" and officer_id != settings.sign_in_emergency:
        raise LocalSignInOff
    address = address_of(request)
    if wait_s := await attempt(site.database, address, officer_id):
        raise TooManyAttempts(wait_s)
    row = await site.database.row("triage_officer", officer_id=officer_id)
    held = str(row["password_hash"]) if row else _nobody()
    right = await asyncio.to_thread(_matches, held, password)
    if row is None or not right:
        return None
    await succeeded(site.database, address, officer_id)
    return await begin(request, site, row, how="password")


async def begin(request: Request, site: Site, row: Row, *, how: How, hint: str = "") -> Officer:
    """Starts a session of an officer of the register under a new token; ends the browser's old one.

    Args:
        row: of ``triage_officer``.
        hint: the provider's ID token.
    """
    ticket, now_ms = ticket_of(request), site.clock()
    idle_ms, most_ms = _ends(site)
    async with site.database.transaction() as tx:
        if not ticket.fresh:
            await tx.execute("door_end", session_id=ticket.digest, now_ms=now_ms,
                             by=row["officer_id"], why="replaced")  # fmt: skip
        await tx.execute("door_tidy", now_ms=now_ms, created_ms=now_ms - most_ms,
                         seen_ms=now_ms - idle_ms, forget_ms=now_ms - _FORGET_MS,
                         set_out_ms=now_ms - WAY_MS)  # fmt: skip
        ticket.rotate()  # a token that somebody slipped in must not become theirs
        await tx.execute(
            "door_begin", session_id=ticket.digest, officer_id=row["officer_id"],
            stamp=_stamp(row), how=how, now_ms=now_ms, address=address_of(request),
            agent=request.headers.get("user-agent", "")[:_AGENT_CHARACTERS], hint=hint,
        )  # fmt: skip
    return _officer(row, ticket.digest)


async def end(site: Site, session_id: str, *, by: str, why: Why) -> bool:
    """Ends a session at once, wherever its cookie lies; False when there was none."""
    now_ms = site.clock()
    row = await site.database.row("door_end", session_id=session_id, now_ms=now_ms, by=by, why=why)
    return row is not None


async def sign_out(request: Request) -> str:
    """Ends the browser's session; returns the provider's ID token, empty without one."""
    site, ticket = site_of(request), ticket_of(request)
    row = await site.database.row("door_session", session_id=ticket.digest)
    if row is not None:
        await end(site, ticket.digest, by=row["officer_id"], why="signed_out")
    ticket.rotate()
    return str(row["hint"]) if row is not None else ""


async def officer_of(request: Request, site: TheSite) -> Officer:
    """Who is signed in, as the register has them now.

    Raises:
        SignInNeeded: nobody, or the session is over.
    """
    ticket = ticket_of(request)
    if ticket.fresh:
        raise SignInNeeded
    row = await site.database.row("door_session", session_id=ticket.digest)
    if row is None:
        raise SignInNeeded
    now_ms = site.clock()
    if why := _over(site, row, now_ms):
        await end(site, ticket.digest, by=row["officer_id"], why=why)
        raise SignInNeeded
    if now_ms - row["seen_ms"] >= _SEEN_EVERY_MS and _by_hand(request):
        await site.database.execute("door_seen", session_id=ticket.digest, now_ms=now_ms,
                                    address=address_of(request))  # fmt: skip
    return _officer(row, ticket.digest)


TheOfficer = Annotated[Officer, Depends(officer_of)]


def lasting_since(site: Site) -> tuple[int, int]:
    """Epoch ms after which a session in force was last seen, and began."""
    idle_ms, most_ms = _ends(site)
    return site.clock() - idle_ms, site.clock() - most_ms


def _ends(site: Site) -> tuple[int, int]:
    settings = site.settings
    return int(settings.session_idle_min * _MINUTE_MS), int(settings.session_h * _HOUR_MS)


def _over(site: Site, row: Row, now_ms: int) -> Why | None:
    idle_ms, most_ms = _ends(site)
    if not secrets.compare_digest(str(row["stamp"]), _stamp(row)):
        return "changed"
    if now_ms - row["created_ms"] >= most_ms:
        return "over"
    return "idle" if now_ms - row["seen_ms"] >= idle_ms else None


def _by_hand(request: Request) -> bool:
    """Whether somebody sits there: a page that refreshes itself must not keep a session alive."""
    return (
        request.method != "GET" or request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    )


def _stamp(row: Row) -> str:
    """Other than it was once role, unit or password changed."""
    parts = (str(row[name]) for name in ("role", "unit_id", "password_hash"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _officer(row: Row, session_id: str) -> Officer:
    return Officer(
        officer_id=str(row["officer_id"]),
        name_zh=str(row["name_zh"]),
        name_en=str(row["name_en"]),
        role=str(row["role"]),
        unit_id=str(row["unit_id"]),
        session=session_id,
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
