"""Owns one attempt to hand a case over by HTTP, and what its answer means. Stores nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from pipelines.cases.signing import headers_for
from pipelines.errors import Transient
from pipelines.vault.types import Vault

_LATER = frozenset({408, 425, 429})  # the client errors that mean "not now"
_LONGEST_DETAIL = 500


class TryAgain(Exception):
    """Not now: the other side failed or could not be reached.

    Attributes:
        retry_after_s: what it asked for; None when it did not.
    """

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """The other side will not take it as it is."""


class Incomplete(Exception):
    """Our own package lacks an object."""


class _Named(msgspec.Struct, frozen=True):
    sha256: str


class _Objects(msgspec.Struct, frozen=True):
    objects: tuple[_Named, ...]


class Outline(msgspec.Struct, frozen=True):
    """What sending needs to know of a payload."""

    case_id: str
    revision: int
    evidence: _Objects


@dataclass(slots=True)
class Delivery:
    """One case on its way; objects that arrived are not sent again at the next attempt.

    Attributes:
        url: the case system's base address.
        objects: where what the payload names lies.
        clock: now, in epoch milliseconds; signatures carry it.
    """

    client: httpx.AsyncClient
    url: str
    secret: str
    payload: bytes
    objects: Vault
    clock: Callable[[], int]
    _sent: set[str] = field(default_factory=set)

    async def attempt(self) -> str:
        """Uploads what is missing, posts the case and returns the receipt.

        Raises:
            TryAgain, Refused, Incomplete: as they say.
        """
        outline = msgspec.json.decode(self.payload, type=Outline)
        for item in outline.evidence.objects:
            if item.sha256 not in self._sent:
                await self._upload(item.sha256)
                self._sent.add(item.sha256)
        message_id = f"{outline.case_id}-r{outline.revision}"
        answer = await self._send("POST", "/v1/cases", message_id, self.payload, self.payload)
        return self._receipt(answer)

    async def _upload(self, sha256: str) -> None:
        body = _chunks(self.objects, sha256)
        try:
            await self._send("PUT", f"/v1/objects/{sha256}", f"obj_{sha256}", sha256.encode(), body)
        except FileNotFoundError as error:
            raise Incomplete(f"object {sha256} is not in the store") from error
        except Transient as error:
            raise TryAgain(f"object {sha256}: {error}") from error

    async def _send(
        self,
        method: str,
        path: str,
        message_id: str,
        signed: bytes,
        content: bytes | AsyncIterator[bytes],
    ) -> httpx.Response:
        kind = "application/json" if method == "POST" else "application/octet-stream"
        headers = headers_for(self.secret, message_id, signed, now_ms=self.clock())
        try:
            answer = await self.client.request(
                method,
                self.url.rstrip("/") + path,
                content=content,
                headers={**headers, "content-type": kind},
            )
        except httpx.TransportError as error:
            raise TryAgain(f"{method} {path}: {str(error) or type(error).__name__}") from error
        if answer.is_success or answer.status_code == httpx.codes.CONFLICT:
            return answer
        why = f"{method} {path}: {answer.status_code} {answer.text[:_LONGEST_DETAIL]}"
        if answer.is_server_error or answer.status_code in _LATER:
            raise TryAgain(why, _retry_after_s(answer))
        raise Refused(why)

    def _receipt(self, answer: httpx.Response) -> str:
        body = _json(answer)
        receipt = body.get("receipt")
        if answer.status_code == httpx.codes.CONFLICT:
            ours = hashlib.sha256(self.payload).hexdigest()
            if body.get("payload_sha256") != ours:
                raise Refused(f"409: another body is held: {answer.text[:_LONGEST_DETAIL]}")
        if not isinstance(receipt, str) or not receipt:
            raise TryAgain(f"{answer.status_code} without a receipt")
        return receipt


async def _chunks(objects: Vault, sha256: str) -> AsyncIterator[bytes]:
    chunks = objects.chunks(sha256)
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):
        return {}


def _retry_after_s(answer: httpx.Response) -> float | None:
    """Seconds; the date form is not worth a clock comparison and is left to the backoff."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
