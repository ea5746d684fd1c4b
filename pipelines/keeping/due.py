"""Owns the one question: must this be kept, may it go, must it go. Pure: reads no clock, no store.

The longest of all that asks for keeping wins; a hold or a mark for good beats all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from pipelines.keeping.policies import Kind, Policies

What = Literal["keep", "may_go", "must_go"]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for which an item is kept.

    Attributes:
        policy: name of the policy.
        from_ms: when its time began; None while that has not happened.
        until_ms: the end that is on record for this very item, where there is one.
        for_good: what is on record says it never goes.
    """

    policy: str
    from_ms: int | None
    until_ms: int | None = None
    for_good: bool = False


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is kept, whole or not at all.

    Attributes:
        claims: at least one.
    """

    kind: Kind
    item_id: str
    claims: tuple[Claim, ...]


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """A hold (``hold:ID``) or a mark for good (``for_good:GROUND``) that is on the item."""

    code: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of an item.

    Attributes:
        until_ms: when the answer changes by itself: until it may go (``keep``) or must go
            (``may_go``); None where it does not.
        why: codes, ``kind:subject``: ``hold``, ``for_good``, ``not_begun``, ``shortest``,
            ``past_shortest``, ``past_longest``, ``unclassed``.
    """

    what: What
    until_ms: int | None
    why: tuple[str, ...]


def due(item: Item, policies: Policies, holds: Sequence[Stay], now_ms: int) -> Verdict:
    """Judges one item.

    Args:
        holds: those that are on this item now.

    Raises:
        KeyError: a claim names no policy.
    """
    if holds:
        return Verdict(what="keep", until_ms=None, why=tuple(hold.code for hold in holds))
    if not item.claims:
        return Verdict(what="keep", until_ms=None, why=(f"unclassed:{item.item_id}",))
    never = tuple(_never(item, policies))
    if never:
        return Verdict(what="keep", until_ms=None, why=never)
    ends: dict[str, int] = {}
    for claim in item.claims:  # several may rest on one policy: the longest wins
        ends[claim.policy] = max(ends.get(claim.policy, 0), _shortest(claim, policies))
    until_ms = max(ends.values())
    if now_ms < until_ms:
        longest = tuple(f"shortest:{name}" for name, end in ends.items() if end > now_ms)
        return Verdict(what="keep", until_ms=until_ms, why=longest)
    return _past(item, policies, now_ms, until_ms)


def _past(item: Item, policies: Policies, now_ms: int, may_ms: int) -> Verdict:
    bounds = [_longest(claim, policies) for claim in item.claims]
    known = [bound for bound in bounds if bound is not None]
    must_ms = max([may_ms, *known]) if len(known) == len(bounds) else None
    names = [claim.policy for claim in item.claims]
    if must_ms is not None and now_ms >= must_ms:
        why = tuple(f"past_longest:{name}" for name in names)
        return Verdict(what="must_go", until_ms=None, why=why)
    why = tuple(f"past_shortest:{name}" for name in names)
    return Verdict(what="may_go", until_ms=must_ms, why=why)


def _never(item: Item, policies: Policies) -> Iterator[str]:
    for claim in item.claims:
        if claim.for_good:
            yield f"for_good:{claim.policy}"
        elif claim.from_ms is None and _own_end(claim, policies) is None:
            yield f"not_begun:{claim.policy}"


def _own_end(claim: Claim, policies: Policies) -> int | None:
    return claim.until_ms if policies[claim.policy].own_period else None


def _shortest(claim: Claim, policies: Policies) -> int:
    policy = policies[claim.policy]
    own = _own_end(claim, policies)
    if own is not None:
        return own
    least = policy.least
    assert claim.from_ms is not None  # noqa: S101  or it never goes
    return least.after(claim.from_ms, policies.zoneinfo) if least else claim.from_ms


def _longest(claim: Claim, policies: Policies) -> int | None:
    policy = policies[claim.policy]
    most = policy.most
    if most is None or claim.from_ms is None:
        return None
    return most.after(claim.from_ms, policies.zoneinfo)
