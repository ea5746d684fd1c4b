"""Owns every limit as data, with its law, source and how sure we are of it."""

from __future__ import annotations

from detectors.catalogue.entry import Citation, Entry, Text
from detectors.catalogue.load import Catalogue, CatalogueError, bundled, load, parse
from detectors.catalogue.places import SITE_KINDS
from detectors.catalogue.quantities import QUANTITIES, Quantity, quantity

__all__ = [
    "QUANTITIES",
    "SITE_KINDS",
    "Catalogue",
    "CatalogueError",
    "Citation",
    "Entry",
    "Quantity",
    "Text",
    "bundled",
    "load",
    "parse",
    "quantity",
]
