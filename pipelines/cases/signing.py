"""Owns this side's Standard Webhooks signatures. The clock is an argument."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

TOLERANCE_MS = 300_000  # what the library allows
_STAMP_DIGITS = 12


def headers_for(secret: str, message_id: str, content: bytes, *, now_ms: int) -> dict[str, str]:
    """The three headers over ``content`` (UTF-8)."""
    now = dt.datetime.fromtimestamp(now_ms // 1000, dt.UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": Webhook(secret).sign(message_id, now, content.decode()),
    }


def doubt(  # noqa: PLR0911  one reason, one return
    secret: str, headers: Mapping[str, str], content: bytes, *, now_ms: int
) -> str:
    """Why the signature over ``content`` is not accepted now; empty when it is.

    The library's own ``verify`` reads the wall clock and lets malformed input through as other
    errors, so its ``sign`` is compared with what came.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (
        given.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature")
    )
    if not (message_id and stamp and signatures):
        return "a webhook header is missing"
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _STAMP_DIGITS):
        return "webhook-timestamp is not epoch seconds"
    if abs(int(stamp) * 1000 - now_ms) > TOLERANCE_MS:
        return "the timestamp is more than five minutes off"
    try:
        expected = headers_for(secret, message_id, content, now_ms=int(stamp) * 1000)
    except UnicodeDecodeError:
        return "the body is not UTF-8"
    except EmptyWebhookSecretError:
        return "no secret is configured"
    right = expected["webhook-signature"].encode()
    if any(hmac.compare_digest(right, one.encode()) for one in signatures.split(" ")):
        return ""
    return "no signature fits"
