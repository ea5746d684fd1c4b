"""Owns whether the three elements of art. 6 are recorded. Pure; a person records them."""

from __future__ import annotations

import msgspec

from pipelines.accountability.findings import ELEMENTS


class Elements(msgspec.Struct, frozen=True, kw_only=True):
    """What a person recorded; empty: nothing yet. Values are those of ``findings.ELEMENTS``."""

    mind: str = ""
    performance: str = ""
    harm: str = ""


def threshold(elements: Elements) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which elements are open, and which were found absent; both empty: art. 6 is fulfilled.

    Raises:
        ValueError: a value that cannot be recorded.
    """
    open_, absent = [], []
    for name, allowed in ELEMENTS.items():
        value = getattr(elements, name)
        if value not in ("", *allowed):
            raise ValueError(f"{name} cannot be {value!r}: {', '.join(allowed)}")
        if value in ("", "unknown"):
            open_.append(name)
        elif value == "neither":
            absent.append(name)
    return tuple(open_), tuple(absent)
