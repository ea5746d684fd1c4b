"""Owns one attempt to hand a case over by HTTP, and what its answer means. Stores nothing."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from pipelines.cases.envelope import CONTENT_TYPE
from pipelines.cases.signing import BadSecret, headers_for
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


class Gone(Exception):
    """410: the other side wants nothing more sent to this address."""


class Incomplete(Exception):
    """Our own package lacks an object."""


class _Named(msgspec.Struct, frozen=True):
    sha256: str


class _Objects(msgspec.Struct, frozen=True):
    objects: tuple[_Named, ...]


class _Data(msgspec.Struct, frozen=True):
    evidence: _Objects


class Outline(msgspec.Struct, frozen=True):
    """What sending needs to know of a body."""

    id: str
    data: _Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The way to a case system.

    Attributes:
        url: the case system's base address.
        objects: where what the cases name lies.
        clock: now, in epoch milliseconds; signatures carry it.
    """

    client: httpx.AsyncClient
    url: str
    secret: str
    objects: Vault
    clock: Callable[[], int]

    async def attempt(self, body: bytes) -> str:
        """Posts a case, uploading what the other side says it lacks, and returns the receipt.

        Raises:
            TryAgain, Refused, Gone, Incomplete: as they say.
        """
        outline = msgspec.json.decode(body, type=Outline)
        for item in outline.data.evidence.objects:
            if not await self._held(item.sha256):
                await self._upload(item.sha256)
        answer = await self._send("POST", "/v2/cases", outline.id, body, body)
        return _receipt(answer, body)

    async def _held(self, sha256: str) -> bool:
        answer = await self._send(
            "HEAD", f"/v2/objects/{sha256}", f"obj_{sha256}", sha256.encode(), b"", missing_ok=True
        )
        return answer.is_success

    async def _upload(self, sha256: str) -> None:
        body = _chunks(self.objects, sha256)
        try:
            await self._send("PUT", f"/v2/objects/{sha256}", f"obj_{sha256}", sha256.encode(), body)
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
        *,
        missing_ok: bool = False,
    ) -> httpx.Response:
        headers = self._headers(method, message_id, signed)
        try:
            answer = await self.client.request(
                method, self.url.rstrip("/") + path, content=content, headers=headers
            )
        except httpx.TransportError as error:
            raise TryAgain(f"{method} {path}: {str(error) or type(error).__name__}") from error
        if answer.is_success or answer.status_code == httpx.codes.CONFLICT:
            return answer
        if missing_ok and answer.status_code == httpx.codes.NOT_FOUND:
            return answer
        why = f"{method} {path}: {answer.status_code} {answer.text[:_LONGEST_DETAIL]}"
        if answer.status_code == httpx.codes.GONE:
            raise Gone(why)
        if answer.is_server_error or answer.status_code in _LATER:
            raise TryAgain(why, _retry_after_s(answer, self.clock()))
        raise Refused(why)

    def _headers(self, method: str, message_id: str, signed: bytes) -> dict[str, str]:
        try:
            headers = headers_for(self.secret, message_id, signed, now_ms=self.clock())
        except BadSecret as error:
            raise TryAgain(f"VIGIL_CASE_SECRET: {error}") from error
        if method == "POST":
            return {**headers, "content-type": CONTENT_TYPE, "idempotency-key": message_id}
        return {**headers, "content-type": "application/octet-stream"}


def _receipt(answer: httpx.Response, sent: bytes) -> str:
    body = _json(answer)
    receipt = body.get("receipt")
    same = body.get("payload_sha256") == hashlib.sha256(sent).hexdigest()
    if answer.status_code == httpx.codes.CONFLICT and not same:
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


def _retry_after_s(answer: httpx.Response, now_ms: int) -> float | None:
    """Seconds, from either form of the header."""
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - now_ms / 1000)
