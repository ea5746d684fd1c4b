"""Owns which vault the settings ask for."""

from __future__ import annotations

from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from pipelines.vault.types import Vault


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings."""
    return FolderVault(settings.objects)
