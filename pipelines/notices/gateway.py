"""Owns notices by a city's own platform for short messages, voice, WeChat or fax, over HTTP.

The call is a Standard Webhook: ``POST`` of JSON with ``webhook-id`` (the same for the same notice
at the same address, so that a repeated call is recognised), ``webhook-timestamp`` and
``webhook-signature``. The platform answers 2xx with ``{"id": "its own id"}``; 400, 404, 410 and
422 mean that this address will never work; all else is tried again. Receipts come back by
``/v1/callbacks/notices`` (``pipelines.notices.receipts``).
"""

from __future__ import annotations

import time

import httpx
import msgspec

from pipelines.cases.signing import headers_for
from pipelines.notices.channels import Handed, Notice, NotSent

_NEVER = (400, 404, 410, 422)
_KEPT_BYTES = 4096
_ID_CHARACTERS = 200


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform is sent."""

    id: str
    channel: str
    to: str
    subject: str
    text: str


class _Taken(msgspec.Struct):
    id: str = ""


class HttpGateway:
    """One channel of the platform.

    Args:
        name: ``sms``, ``voice``, ``wechat`` or ``fax``.
        secret: ``whsec_...``, shared with the platform.
    """

    def __init__(self, name: str, *, url: str, secret: str, timeout_s: float = 15.0) -> None:
        self.name = name
        self._url, self._secret, self._timeout_s = url, secret, timeout_s

    def content(self, notice: Notice) -> bytes:
        """The body of the call."""
        message = Message(
            id=notice.message_id, channel=self.name, to=notice.recipient, subject=notice.subject,
            text=notice.short or notice.body,
        )  # fmt: skip
        return msgspec.json.encode(message)

    async def send(self, notice: Notice) -> Handed:
        """Calls the platform once."""
        data = self.content(notice)
        signed = headers_for(
            self._secret, notice.message_id, data, now_ms=time.time_ns() // 1_000_000
        )
        headers = signed | {"content-type": "application/json"}
        try:
            async with httpx.AsyncClient(timeout=self._timeout_s, trust_env=False) as client:
                answer = await client.post(self._url, content=data, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        kept = answer.content[:_KEPT_BYTES]
        if not answer.is_success:
            never = answer.status_code in _NEVER
            raise NotSent(f"HTTP {answer.status_code}", for_good=never, answer=kept)
        return Handed(provider_id=_id_of(answer.content), answer=kept)


def _id_of(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Taken).id[:_ID_CHARACTERS]
    except msgspec.MsgspecError:
        return ""  # it took it; that it told no id costs us the receipt by its own number only
