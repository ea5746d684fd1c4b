"""Owns which catalogue a process judges by: the bundled one, as this authority has changed it."""

from __future__ import annotations

from pathlib import Path

from detectors.catalogue import Catalogue, load
from pipelines.settings import Settings


def rulebook(settings: Settings, folder: Path | None = None) -> Catalogue:
    """The catalogue with the local folder and profiles of the settings.

    Args:
        folder: a whole catalogue to take instead of the bundled one.

    Raises:
        CatalogueError: it cannot be used.
    """
    return load(folder, extra=settings.catalogue_folder, profiles=settings.catalogue_profiles)
