"""Owns how much and how slowly anybody may send: addresses, headers, bodies. Knows no route's work.

A room whose bodies are larger adds a line to ``LARGER``.
"""

from __future__ import annotations

import asyncio
import time

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

URL_BYTES = 8 * 1024
HEADER_BYTES = 24 * 1024
BODY_BYTES = 256 * 1024
LARGER: tuple[tuple[str, int], ...] = (
    ("/v1/callbacks/", 1024 * 1024),
    ("/p/", 32 * 1024 * 1024),  # a party's answer with its files
    ("/duties/entries", 11 * 1024 * 1024),  # what shows diligence, with its file
)
"""Heads of addresses, and the most bytes of a body there; the room itself may allow less."""
PAUSE_S = 10.0
WHOLE_S = 60.0
_RATE_BYTES_S = 64 * 1024  # a body of more than WHOLE_S at this rate has longer


def body_bytes(path: str) -> int:
    """The most bytes that a body sent there may have."""
    return next((most for head, most in LARGER if path.startswith(head)), BODY_BYTES)


def too_much(scope: Scope) -> int | None:
    """The status that refuses a request by its head alone; None where it may go on."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES:
        return 414
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
        return 431
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if any(not value.isdigit() for value in lengths):
        return 400
    most = body_bytes(scope["path"])
    return 413 if any(int(value) > most for value in lengths) else None


class BoundedBody:
    """A request's ``receive`` that counts what really comes, and does not wait for ever."""

    def __init__(self, receive: Receive, path: str) -> None:
        self._receive = receive
        self._most = body_bytes(path)
        self._size = 0
        self._ended = False
        self._until = time.monotonic() + max(WHOLE_S, self._most / _RATE_BYTES_S)

    async def __call__(self) -> Message:
        """The next part.

        Raises:
            HTTPException: 413 too large; 408 nothing more came in time. FastAPI lets it through.
        """
        if self._ended:
            return await self._receive()  # waits for the browser to leave
        wait_s = min(PAUSE_S, self._until - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(wait_s, 0.001))
        except TimeoutError:
            raise HTTPException(408, "too_slow", headers={"Connection": "close"}) from None
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise HTTPException(413, "too_large", headers={"Connection": "close"})
        self._ended = not message.get("more_body", False)
        return message
