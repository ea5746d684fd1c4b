"""Owns which vault an address or the settings ask for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from pipelines.vault.s3 import Lock, S3Vault
from pipelines.vault.types import Vault

_ASKED = {"endpoint", "region"}


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings.

    Raises:
        ValueError: the address is none.
    """
    lock = None
    if settings.vault_lock != "none":
        lock = Lock(mode=settings.vault_lock, days=settings.vault_lock_days)
    return vault_at(
        settings.vault or str(settings.objects), lock=lock, scratch=settings.data_dir / "scratch"
    )


def vault_at(address: str, *, lock: Lock | None = None, scratch: Path | None = None) -> Vault:
    """The vault at an address: a folder, or ``s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]``.

    Args:
        lock: of objects put into S3; a folder knows none.
        scratch: local folder for files on their way to or from S3; the system's if None.

    Raises:
        ValueError: an address that begins with ``s3:`` and is not of that form.
    """
    if not address.startswith("s3:"):
        return FolderVault(Path(address))
    parts = urlsplit(address)
    asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if not parts.netloc or parts.fragment or set(asked) - _ASKED:
        raise ValueError(f"{address!r} is not s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]")
    prefix = parts.path.strip("/")
    return S3Vault(
        parts.netloc,
        f"{prefix}/" if prefix else "",
        endpoint=asked.get("endpoint", [""])[0],
        region=asked.get("region", [""])[0],
        lock=lock,
        scratch=scratch or Path(tempfile.gettempdir()),
    )
