"""Owns private links: how one is made and recognised. Its secret is stored nowhere.

A link's secret is the first 132 bits of HMAC-SHA-256 over the notice's id, so that a notice which
is sent again carries the same link. The database holds only the secret's SHA-256: who reads the
database cannot open a link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass

from pipelines.notices.words import LINK
from pipelines.settings import Settings

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
MASK = "…"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links; ``base`` is the site's public address without a slash at its end."""

    key: bytes
    base: str

    def token(self, notice_id: str) -> str:
        """The secret of a notice's link, 22 characters."""
        digest = hmac.new(self.key, f"party-link:{notice_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode()[:22]

    def filled(self, words: str, notice_id: str) -> str:
        """Words with their link."""
        return words.replace(LINK, f"{self.base}/p/{self.token(notice_id)}")

    def masked(self, words: str) -> str:
        """The same words with the secret left out, for the file."""
        return words.replace(LINK, f"{self.base}/p/{MASK}")


def links_of(settings: Settings) -> Links:
    """Links by the site's key: the configured one, else ``keys/links.key``, made once (0600)."""
    key = settings.secret_key.encode() or _kept(settings)
    return Links(key, settings.public_url.rstrip("/"))


def digest_of(token: str) -> str:
    """What the database knows a link by; of what cannot be a link's secret, of nothing."""
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN.fullmatch(token) else ""


def _kept(settings: Settings) -> bytes:
    path = settings.keys / "links.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        partial = path.with_name(f".{secrets.token_hex(8)}.tmp")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(partial)  # of two processes that start at once, one key wins
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_bytes().strip()
