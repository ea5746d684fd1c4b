"""Owns which clocks an officer's move on an alert starts, meets or ends. Pure.

``take_on`` and ``verdict`` begin when an alert is put before the officers (OFF-21).
"""

from __future__ import annotations

from pipelines.clocks.keep import ended, met, started
from pipelines.stage import Save

BEFORE_OFFICERS = ("take_on", "verdict")
DECISIONS = ("confirm", "dismiss")
TAKING = ("acknowledge", "remind", *DECISIONS)
"""Whoever does one of these has taken the alert on."""


def put_before_officers(alert_id: str, *, at_ms: int) -> tuple[Save, ...]:
    """An alert waits, for the first time or again: somebody must take it on and decide it."""
    return tuple(started(kind, "alert", alert_id, at_ms=at_ms) for kind in BEFORE_OFFICERS)


def clocks_of(
    action: str, alert_id: str, *, by: str, seen: str, at_ms: int, reason_code: str = ""
) -> tuple[Save, ...]:
    """What a move means for the alert's clocks.

    Args:
        action: a key of ``MOVES``.
        by: the officer.
        seen: the state before the move.
    """
    start = {"take_up": ("verdict",), "hand_back": ("take_on",), "reopen": BEFORE_OFFICERS,
             "remind": ("rectification",)}.get(action, ())  # fmt: skip
    taken = (met("take_on", alert_id, at_ms=at_ms, by=by),) if action in TAKING else ()
    begun = tuple(started(kind, "alert", alert_id, at_ms=at_ms) for kind in start)
    if action not in DECISIONS:
        return taken + begun
    return taken + _decided(action, alert_id, by=by, seen=seen, at_ms=at_ms, why=reason_code)


def _decided(
    action: str, alert_id: str, *, by: str, seen: str, at_ms: int, why: str
) -> tuple[Save, ...]:
    found = [met("verdict", alert_id, at_ms=at_ms, by=by)]
    if seen == "reminded" and why == "corrected_when_reminded":
        found.append(met("rectification", alert_id, at_ms=at_ms, by=by))
    elif seen == "reminded":
        found.append(ended("rectification", alert_id, at_ms=at_ms, by=by, ground=action))
    if action == "confirm":
        found.append(started("review", "alert", alert_id, at_ms=at_ms))
    return tuple(found)
