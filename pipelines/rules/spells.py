"""Owns folding signals into spells, as an analyst counts them. Must not judge."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detectors.types import Phase, Signal


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """One spell of breach: what becomes an alert.

    Attributes:
        found_ms: event time at which it was decided.
        end_ms: when values were good again; None while it lasts.
        value: what it was decided on, the worst once it has ended.
        opening, closing: the arithmetic of both decisions.
    """

    rule_id: str
    rule_version: str
    severity: str
    site_id: str
    place: str
    subject: str
    series_id: int | None
    staged: bool
    unit: str
    start_ms: int
    found_ms: int
    end_ms: int | None = None
    value: float | None = None
    opening: dict[str, float] = {}
    closing: dict[str, float] = {}

    @property
    def about(self) -> tuple[str, str, str, str, int | None]:
        """What two spells must share to be the same finding at different times."""
        return self.rule_id, self.site_id, self.place, self.subject, self.series_id


def spells_of(signals: Iterable[Signal], *, until_ms: int | None = None) -> list[Spell]:
    """Spells by start and rule; signals may come twice, and an end before its beginning.

    Args:
        until_ms: an end after this is not known yet.
    """
    opened: dict[str, Signal] = {}
    closed: dict[str, Signal] = {}
    for signal in signals:
        (opened if signal.phase is Phase.OPENED else closed).setdefault(signal.spell_id, signal)
    found = [
        _spell(first, opened.get(spell_id), closed.get(spell_id), until_ms)
        for spell_id, first in (closed | opened).items()
    ]
    return sorted(found, key=lambda s: (s.start_ms, s.rule_id, s.subject, s.series_id or 0))


def _spell(
    one: Signal, opened: Signal | None, closed: Signal | None, until_ms: int | None
) -> Spell:
    if closed is not None and until_ms is not None and closed.at_ms > until_ms and opened:
        closed = None
    last = closed or one
    return Spell(
        rule_id=one.rule_id,
        rule_version=one.rule_version,
        severity=one.severity,
        site_id=one.site_id,
        place=one.place,
        subject=one.subject,
        series_id=one.series_id,
        staged=one.staged,
        unit=one.unit,
        start_ms=one.start_ms,
        found_ms=opened.at_ms if opened else one.start_ms,
        end_ms=None if closed is None else good_from_ms(closed),
        value=last.value,
        opening=opened.inputs if opened else {},
        closing=closed.inputs if closed else {},
    )


def good_from_ms(closed: Signal) -> int:
    """When values became good again, not when they had been good for long enough to say so."""
    return closed.at_ms - round(closed.inputs.get("good_for_s", 0.0) * 1000)
