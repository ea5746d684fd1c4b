"""Owns the shape of a lead."""

from __future__ import annotations

import msgspec

Measured = dict[str, float | int | str]
"""Figures by which a lead explains itself."""


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should look at.

    Attributes:
        code: the detector's.
        article: paragraph of art. 12 or 13 that a person would have to consider.
        officer_id: whom it touches; empty: the unit, nobody in particular.
        facts: ids that it rests on.
        measured: figures by which it explains itself: seconds, counts, shares, intervals.
    """

    code: str
    article: str
    subject_kind: str
    subject_id: str
    officer_id: str
    at_ms: int
    facts: tuple[str, ...] = ()
    measured: Measured = msgspec.field(default_factory=dict)
