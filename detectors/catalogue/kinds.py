"""Owns the kinds of rules an entry may have, and the figures each needs. Must not judge.

A kind is judged by one module of ``detectors.readings`` (or by a registered vision rule). Adding a
kind: a line here, a module there, a cases file in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an entry of one kind must and may say.

    Attributes:
        parameters: figures without which the rule cannot be judged.
        may: further figures that have a default.
        needs: fields of the entry that must be set; ``bounds`` is one of low and high.
        measures: bounds are values of ``quantity``: written in another unit, they are converted
            at load. Without it the unit is the rule's own (hours that a bag lay).
    """

    parameters: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    measures: bool = False


def _kind(parameters: str = "", *, may: str = "", needs: str = "", measures: bool = False) -> Kind:
    return Kind(
        parameters=frozenset(parameters.split()),
        may=frozenset(may.split()),
        needs=frozenset(needs.split()),
        measures=measures,
    )


KINDS: dict[str, Kind] = {
    # one series, judged in columns
    "limit": _kind("readings_min", needs="quantity unit bounds", measures=True),
    "silence": _kind("intervals", needs="quantities"),
    "stuck": _kind("readings_min", needs="quantities lasts_s"),
    "impossible": _kind(needs="quantities"),
    "jump": _kind("readings_min", needs="quantity unit high", measures=True),
    "clock_skew": _kind("ahead_s behind_s steady_s messages_n"),
    "vision": _kind(needs="rule"),
    # several series of a place: detectors.readings.groups
    "kept": _kind(needs="quantity high"),
    "balance": _kind("tolerance_kg tolerance_share", needs="quantity quantities unit"),
    "a0": _kind("from_c period_min_s lost_s", needs="quantity unit low"),
    "cycle": _kind(
        "from_c band_c plateau_min_s period_min_s lost_s "
        "c121_from_c c121_hold_s c121_low_kpa c121_high_kpa "
        "c132_from_c c132_hold_s c132_low_kpa c132_high_kpa "
        "c134_from_c c134_hold_s c134_low_kpa c134_high_kpa",
        needs="quantity quantities unit",
    ),
    "ran": _kind("period_min_s lost_s", may="stands_s", needs="quantity unit low"),
    "lamp": _kind(may="stands_s", needs="quantity quantities unit high"),
    "held": _kind(needs="quantity unit high"),
    "door": _kind(
        "readings_min tolerance_s stale_s", needs="quantity quantities unit bounds", measures=True
    ),
    "gated": _kind(
        "settle_s readings_min piece_s stale_s",
        needs="quantity quantities unit bounds",
        measures=True,
    ),
    "daily_mean": _kind("block_s blocks_min", needs="quantity unit bounds", measures=True),
    "disagree": _kind("readings_min", needs="quantity unit high lasts_s", measures=True),
    # early warning, by the minute; never a breach
    "time_to_limit": _kind(
        "ahead_min fit_min over_min", needs="quantity unit bounds", measures=True
    ),
    "drift": _kind("days_min minutes_min change_min sure_min", needs="quantity unit"),
    "change_point": _kind("threshold", needs="quantities"),
    "anomaly": _kind("threshold", needs="quantities"),
}

WIDTHS = frozenset({"jump", "disagree"})
"""Kinds whose bounds are differences: in another unit the zero of the scale does not matter."""
