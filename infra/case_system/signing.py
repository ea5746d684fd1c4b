"""Owns the Standard Webhooks signature on this side: what is signed, what is accepted.

``whsec_`` keys by the standard's own library, ``whsk_``/``whpk_`` (Ed25519, ``v1a``) beside it;
several keys with spaces between while one is being replaced.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

TOLERANCE_S = 300


def verified(secret: str, headers: Mapping[str, str], content: bytes) -> str | None:
    """Why the signature over ``content`` is not accepted; None when it is.

    ``content`` is the exact body of a posted case, and the identifier in the path (the digest, the
    case id) of a request that carries no JSON: the digest binds the object's bytes already.
    """
    why = "no secret is configured"
    for key in secret.split():
        if key.startswith("whsec_"):
            why = _verified_v1(key, headers, content)
        elif key.startswith("whpk_"):
            why = _verified_v1a(key, headers, content)
        if not why:
            return None
    return why


def signed(secret: str, message_id: str, body: bytes, *, now: dt.datetime) -> dict[str, str]:
    """The headers for ``body``, signed with every key that can sign; ``now`` is in UTC."""
    made = []
    for key in secret.split():
        if key.startswith("whsec_"):
            made.append(Webhook(key).sign(message_id, now, body.decode()))
        elif key.startswith("whsk_"):
            private = Ed25519PrivateKey.from_private_bytes(_bytes(key)[:32])
            signature = private.sign(_content(message_id, str(int(now.timestamp())), body))
            made.append(f"v1a,{base64.b64encode(signature).decode()}")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(made),
        "content-type": "application/cloudevents+json",
    }


def _verified_v1(key: str, headers: Mapping[str, str], content: bytes) -> str:
    try:
        Webhook(key).verify(content, dict(headers), json_parse=False)
    except WebhookVerificationError as error:
        return str(error)
    except ValueError as error:  # the library lets malformed base64 and text through as these
        return f"malformed signature: {error}"
    return ""


def _verified_v1a(key: str, headers: Mapping[str, str], content: bytes) -> str:
    given = {name.lower(): value for name, value in headers.items()}
    stamp, message_id = given.get("webhook-timestamp", ""), given.get("webhook-id", "")
    if not (stamp.isascii() and stamp.isdigit() and message_id):
        return "Missing required headers"
    if abs(int(stamp) - dt.datetime.now(dt.UTC).timestamp()) > TOLERANCE_S:
        return "Message timestamp too old or too new"
    public = Ed25519PublicKey.from_public_bytes(_bytes(key))
    for one in given.get("webhook-signature", "").split(" "):
        version, _, text = one.partition(",")
        if version != "v1a":
            continue
        try:
            public.verify(base64.b64decode(text), _content(message_id, stamp, content))
        except (InvalidSignature, ValueError):
            continue
        return ""
    return "No matching signature found"


def _content(message_id: str, stamp: str, body: bytes) -> bytes:
    return f"{message_id}.{stamp}.".encode() + body


def _bytes(key: str) -> bytes:
    return base64.b64decode(key.partition("_")[2] + "==")
