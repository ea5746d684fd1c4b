"""Owns the cookie that tells one browser from another. Must not know whose browser it is."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "vigil.ticket"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A browser's token for the length of one request.

    Attributes:
        fresh: the browser does not have this token yet; it is sent if ``used``.
        used: something relies on the browser keeping it.
    """

    token: str = field(default_factory=_token)
    fresh: bool = True
    used: bool = False

    def rotate(self) -> None:
        """Takes a new token: the old one must open nothing after signing in or out."""
        self.token, self.fresh, self.used = _token(), True, True

    @property
    def digest(self) -> str:
        """What the database may know of it."""
        return hashlib.sha256(self.token.encode()).hexdigest()


def ticket_of(request: Request) -> Ticket:
    """The ticket of a request."""
    return cast("Ticket", request.scope[_KEY])


class Tickets:
    """ASGI middleware: reads the cookie, and sends it when it is new and used.

    Over https its name begins with ``__Host-``, so that no other host can set it.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._name = "__Host-vigil" if secure else "vigil"
        self._kept = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Puts the ticket into the scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ticket = self._read(scope)
        scope[_KEY] = ticket

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and ticket.fresh and ticket.used:
                headers = MutableHeaders(scope=message)
                headers.append("Set-Cookie", f"{self._name}={ticket.token}{self._kept}")
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _read(self, scope: Scope) -> Ticket:
        said = [value for name, value in scope["headers"] if name == b"cookie"]
        token = cookie_parser(b"; ".join(said).decode("latin-1")).get(self._name, "")
        return Ticket(token=token, fresh=False) if _TOKEN.fullmatch(token) else Ticket()
