"""Owns whether another finding explains a fresh one: who cannot see finds nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipelines.alerts.life import Inhibits, Life


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that has not ended.

    Attributes:
        series: of the device, those that it is about; none: about the device.
    """

    alert_id: str
    rule_id: str
    subject: str
    series: tuple[int, ...] = ()


def inhibitor(
    rule_id: str,
    series_id: int | None,
    lasting: Iterable[Lasting],
    rules: Life,
    *,
    critical: bool,
) -> tuple[Lasting, Inhibits] | None:
    """The first finding of the same device that explains one of ``rule_id``, and by which row.

    A finding about one series explains nothing about another: a probe for pH that fell silent says
    nothing of the chlorine beside it.
    """
    for row in rules.inhibits:
        for one in sorted(lasting, key=lambda found: found.alert_id):
            about = series_id is None or not one.series or series_id in one.series
            if row.holds(one.rule_id, rule_id) and about and (row.critical or not critical):
                return one, row
    return None


def inhibiting(rules: Life) -> frozenset[str]:
    """Rules whose findings may explain others."""
    return frozenset(by for row in rules.inhibits for by in row.by)
