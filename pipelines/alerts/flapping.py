"""Owns whether a thing comes and goes too often to ring each time. Pure; durable in the state.

Fires after one bad, clears after two good: the first finding goes to an officer at once, and it is
over only after two calm stretches in a row.
"""

from __future__ import annotations

import msgspec

from pipelines.alerts.life import Life


class Flap(msgspec.Struct, frozen=True, kw_only=True):
    """How often one thing was found of late.

    Attributes:
        found_ms: detections within the window, or since it began to flap the newest alone.
        since_ms: the first detection of those that made it flap; None while it does not.
    """

    found_ms: tuple[int, ...] = ()
    since_ms: int | None = None


STEADY = Flap()


def found(flap: Flap, at_ms: int, rules: Life) -> Flap:
    """With one more detection."""
    limits = rules.flapping
    newest = max(flap.found_ms, default=at_ms)
    if flap.since_ms is not None:
        if at_ms - newest < limits.over_ms:
            return Flap(found_ms=(max(at_ms, newest),), since_ms=flap.since_ms)
        return Flap(found_ms=(at_ms,))
    since = max(at_ms, newest) - limits.within_ms
    kept = tuple(sorted(one for one in (*flap.found_ms, at_ms) if one > since))
    if len(kept) > limits.most:
        return Flap(found_ms=kept[-1:], since_ms=kept[0])
    return Flap(found_ms=kept)


def flaps(flap: Flap, first_ms: int, rules: Life, *, critical: bool) -> bool:
    """Whether the newest of a flapping thing is held.

    Args:
        first_ms: when the newest finding of it that went before the officers was detected: one of
            this very flapping must have, or nobody would know of it.
    """
    held = rules.flapping.holds_critical or not critical
    return held and flap.since_ms is not None and first_ms >= flap.since_ms
