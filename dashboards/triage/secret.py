"""Owns the key that signs sessions: from the settings, else made once and kept on this machine."""

from __future__ import annotations

import os
import secrets

from pipelines.settings import Settings


def session_key(settings: Settings) -> str:
    """The configured key, or the one in ``keys/session.key``, made on first use (mode 600)."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.keys / "session.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
