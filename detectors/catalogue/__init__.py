"""Owns every limit as data, with its law, source and how sure we are of it."""

from __future__ import annotations

from detectors.catalogue.entry import Citation, Entry, Text
from detectors.catalogue.load import Catalogue, CatalogueError, bundled, load, parse

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Citation",
    "Entry",
    "Text",
    "bundled",
    "load",
    "parse",
]
