"""Owns the Standard Webhooks signature on this side: what is signed, what is accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError


def verified(secret: str, headers: Mapping[str, str], content: bytes) -> str | None:
    """Why the signature over ``content`` is not accepted; None when it is.

    ``content`` is the exact body of a posted case, and the identifier in the path (the digest, the
    case id) of a request that carries no JSON: the digest binds the object's bytes already.
    """
    try:
        Webhook(secret).verify(content, dict(headers), json_parse=False)
    except WebhookVerificationError as error:
        return str(error)
    except ValueError as error:  # the library lets malformed base64 and text through as these
        return f"malformed signature: {error}"
    return None


def signed(secret: str, message_id: str, body: bytes, *, now: dt.datetime) -> dict[str, str]:
    """The three headers for ``body``; ``now`` is in UTC."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body.decode()),
        "content-type": "application/json",
    }
