"""Owns the boxes of persons that lie beside a copy: where they were found when it was made.

Looked at over the copy, on demand. Not evidence: what a rule counted is in the sealed manifest.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Find(msgspec.Struct, frozen=True, kw_only=True):
    """Persons in one picture: corners as shares of width and height (0 to 1), then the score."""

    at_s: float
    persons: list[tuple[float, float, float, float, float]]


class Boxes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found in a film, in time order.

    Attributes:
        model: name and version of the detector's card.
    """

    model: str
    finds: list[Find]


def beside(copy: Path) -> Path:
    """Where the boxes of a copy lie."""
    return copy.with_name(f"{copy.name}.boxes.json")


def boxes_of(copy: Path) -> Boxes | None:
    """The boxes of a copy; None where none were kept or they cannot be read."""
    try:
        return msgspec.json.decode(beside(copy).read_bytes(), type=Boxes)
    except (OSError, msgspec.DecodeError):
        return None


def keep(copy: Path, found: Boxes) -> None:
    """Writes them whole or not at all."""
    target = beside(copy)
    partial = target.with_name(f"{target.name}.tmp")
    partial.write_bytes(msgspec.json.encode(found))
    partial.replace(target)
