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
    "vision": _kind(needs="rule"),
    # several series of a place: detectors.readings.groups
    "kept": _kind(needs="quantity high"),
}
