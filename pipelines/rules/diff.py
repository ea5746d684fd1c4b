"""Owns comparing two judgements of the same readings, spell by spell. Must not judge or print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from pipelines.rules.spells import Spell

EVER_MS = 2**62


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One finding in both judgements, but not the same.

    Attributes:
        how: of ``starts_earlier``, ``starts_later``, ``found_earlier``, ``found_later``,
            ``longer``, ``shorter``, ``severity``, ``staged``, ``value``, and ``arithmetic`` where
            one version came to it by other figures.
    """

    before: Spell
    after: Spell
    how: tuple[str, ...]


class Count(msgspec.Struct, kw_only=True):
    """Spells of one rule."""

    same: int = 0
    gone: int = 0
    new: int = 0
    changed: int = 0


class Diff(msgspec.Struct, kw_only=True):
    """What a second judgement would have done differently.

    Attributes:
        gone: alerted before, would not now.
        new: would alert now, did not before.
        rules: counts by rule id.
        rejudged: signals that only judging late readings again gave; no part of the comparison.
    """

    same: int = 0
    gone: list[Spell] = []
    new: list[Spell] = []
    changed: list[Change] = []
    rules: dict[str, Count] = {}
    rejudged: int = 0

    @property
    def any(self) -> bool:
        """Whether the two differ at all."""
        return bool(self.gone or self.new or self.changed)


def diff_of(before: Sequence[Spell], after: Sequence[Spell], *, from_ms: int, to_ms: int) -> Diff:
    """Compares spells of which at least one side starts in ``[from_ms, to_ms)``."""
    diff = Diff()
    for old, new in _pairs(before, after):
        if any(one and from_ms <= one.start_ms < to_ms for one in (old, new)):
            _count(diff, old, new)
    diff.rules = dict(sorted(diff.rules.items()))
    return diff


def _count(diff: Diff, old: Spell | None, new: Spell | None) -> None:
    one = old or new
    count = diff.rules.setdefault(one.rule_id if one else "", Count())
    if old is None or new is None:
        if old is not None:
            diff.gone.append(old)
            count.gone += 1
        if new is not None:
            diff.new.append(new)
            count.new += 1
    elif how := _how(old, new):
        diff.changed.append(Change(before=old, after=new, how=how))
        count.changed += 1
    else:
        diff.same += 1
        count.same += 1


def _pairs(
    before: Iterable[Spell], after: Iterable[Spell]
) -> list[tuple[Spell | None, Spell | None]]:
    """Each spell with that of the other side: of the same start, else the first that overlaps."""
    others: dict[object, list[Spell]] = defaultdict(list)
    for new in after:
        others[new.about].append(new)
    pairs: list[tuple[Spell | None, Spell | None]] = []
    left: list[Spell] = []
    for old in before:
        twin = next((new for new in others[old.about] if new.start_ms == old.start_ms), None)
        if twin is None:
            left.append(old)
        else:
            others[old.about].remove(twin)
            pairs.append((old, twin))
    for old in left:
        met = next((new for new in others[old.about] if _overlap(old, new)), None)
        if met is not None:
            others[old.about].remove(met)
        pairs.append((old, met))
    pairs += [(None, new) for some in others.values() for new in some]
    return sorted(pairs, key=lambda pair: _first_ms(*pair))


def _overlap(one: Spell, other: Spell) -> bool:
    return one.start_ms <= _until_ms(other) and other.start_ms <= _until_ms(one)


def _until_ms(spell: Spell) -> int:
    return EVER_MS if spell.end_ms is None else spell.end_ms


def _first_ms(*pair: Spell | None) -> int:
    return min(one.start_ms for one in pair if one is not None)


def _how(old: Spell, new: Spell) -> tuple[str, ...]:
    said = [
        *_moved(old.start_ms, new.start_ms, "starts_earlier", "starts_later"),
        *_moved(old.found_ms, new.found_ms, "found_earlier", "found_later"),
        *_moved(_until_ms(old), _until_ms(new), "shorter", "longer"),
    ]
    said += [name for name in ("severity", "staged", "value") if _of(old, name) != _of(new, name)]
    if not said and old.rule_version == new.rule_version and old != new:
        said.append("arithmetic")
    return tuple(said)


def _moved(old_ms: int, new_ms: int, down: str, up: str) -> tuple[str, ...]:
    if new_ms == old_ms:
        return ()
    return (down,) if new_ms < old_ms else (up,)


def _of(spell: Spell, name: str) -> object:
    return getattr(spell, name)
