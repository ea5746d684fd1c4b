"""Owns whether a silence holds a fresh finding. Pure; making and ending is ``silences``'."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

EVER_MS = 2**62


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's word that a kind of finding need not be brought before officers for a time.

    Attributes:
        site_id, device_id, rule_id: what it is about; an empty one is about any. The unit was
            asked for when it was read.
        critical: also about critical findings.
        from_ms, to_ms: as it was made; not before it was made.
        ended_ms: when somebody ended it early; ``EVER_MS``: nobody did.
    """

    silence_id: str
    site_id: str
    device_id: str
    rule_id: str
    critical: bool
    created_ms: int
    from_ms: int
    to_ms: int
    ended_ms: int = EVER_MS

    def in_force(self, at_ms: int) -> bool:
        """Whether it was in force at a moment: what was made or ended later changes nothing."""
        return max(self.created_ms, self.from_ms) <= at_ms < min(self.to_ms, self.ended_ms)


def silencing(
    silences: Iterable[Silence],
    *,
    site_id: str,
    device_id: str,
    rule_id: str,
    at_ms: int,
    critical: bool,
) -> Silence | None:
    """The silence that holds a finding; of several the one that ends last, then by id."""
    asked = ((site_id, "site_id"), (device_id, "device_id"), (rule_id, "rule_id"))
    found = [
        one
        for one in silences
        if one.in_force(at_ms)
        and (one.critical or not critical)
        and all(getattr(one, field) in ("", is_) for is_, field in asked)
    ]
    return max(found, key=lambda one: (one.to_ms, one.silence_id), default=None)
