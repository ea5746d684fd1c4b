"""Owns Standard Webhooks signatures on this side, of both kinds. The clock is an argument.

A secret is one or more keys with spaces between, for as long as a rotation takes: ``whsec_`` signs
and verifies (``v1``, HMAC-SHA256), ``whsk_`` signs and ``whpk_`` verifies (``v1a``, Ed25519). All
that can sign do; one signature that fits is enough. The library knows neither ``v1a`` nor several.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TOLERANCE_MS = 300_000  # the standard's
_STAMP_DIGITS = 12
_PREFIXES = ("whsec_", "whsk_", "whpk_")


class BadSecret(ValueError):
    """A key of the secret cannot be read; the key itself is not told."""


def keys_of(secret: str) -> list[tuple[str, bytes]]:
    """Each key's prefix and bytes.

    Raises:
        BadSecret: an unknown prefix, no base64, or of no length.
    """
    found = []
    for number, text in enumerate(secret.split(), 1):
        prefix = next((p for p in _PREFIXES if text.startswith(p)), None)
        if prefix is None:
            raise BadSecret(f"key {number} begins with none of {', '.join(_PREFIXES)}")
        try:
            body = text[len(prefix) :]
            key = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadSecret(f"key {number} is no base64") from error
        if not key or (prefix == "whpk_" and len(key) != 32):  # noqa: PLR2004  Ed25519's
            raise BadSecret(f"key {number} has no right length")
        if prefix == "whsk_" and len(key) not in (32, 64):
            raise BadSecret(f"key {number} has no right length")
        found.append((prefix, key))
    return found


def headers_for(secret: str, message_id: str, content: bytes, *, now_ms: int) -> dict[str, str]:
    """The three headers over ``content``, signed with every key that can sign.

    Raises:
        BadSecret: a key cannot be read, or none can sign.
    """
    stamp = str(now_ms // 1000)
    signed = _signed(message_id, stamp, content)
    signatures = [made for prefix, key in keys_of(secret) if (made := _sign(prefix, key, signed))]
    if not signatures:
        raise BadSecret("no key can sign: a whsec_ or whsk_ key is needed")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def doubt(secret: str, headers: Mapping[str, str], content: bytes, *, now_ms: int) -> str:
    """Why the signature over ``content`` is not accepted now; empty when it is."""
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
        keys = keys_of(secret)
    except BadSecret as error:
        return f"the secret configured here cannot be read: {error}"
    if not any(prefix in ("whsec_", "whpk_") for prefix, _ in keys):
        return "no secret is configured"
    signed = _signed(message_id, stamp, content)
    fits = any(_fits(*key, signed, one) for key in keys for one in signatures.split(" "))
    return "" if fits else "no signature fits"


def _signed(message_id: str, stamp: str, content: bytes) -> bytes:
    return f"{message_id}.{stamp}.".encode() + content


def _sign(prefix: str, key: bytes, signed: bytes) -> str:
    if prefix == "whsec_":
        return f"v1,{_text(hmac.new(key, signed, hashlib.sha256).digest())}"
    if prefix == "whsk_":
        return f"v1a,{_text(Ed25519PrivateKey.from_private_bytes(key[:32]).sign(signed))}"
    return ""


def _fits(prefix: str, key: bytes, signed: bytes, signature: str) -> bool:
    version, _, text = signature.partition(",")
    if prefix == "whsec_" and version == "v1":
        right = _text(hmac.new(key, signed, hashlib.sha256).digest())
        return hmac.compare_digest(right.encode(), text.encode())
    if prefix == "whpk_" and version == "v1a":
        try:
            given = base64.b64decode(text.encode(), validate=True)
            Ed25519PublicKey.from_public_bytes(key).verify(given, signed)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
