"""A unit's period for the detectors' tests, written briefly."""

from __future__ import annotations

from typing import Any

from pipelines.accountability.facts import Fact
from pipelines.accountability.observed import Clock, Matter, Observed

NOW = 1_000_000_000
SECOND, HOUR = 1000, 3_600_000


def fact(action: str, actor: str = "wang", at_ms: int = NOW, **more: Any) -> Fact:
    """A row of the record."""
    return Fact(
        fact_id=f"{action}-{actor}-{at_ms}", at_ms=at_ms, actor=actor, action=action, **more
    )


def matter(*facts: Fact, **more: Any) -> Matter:
    """An alert of the unit by a rule in force, with sealed evidence."""
    plain: dict[str, Any] = {
        "alert_id": "a1", "rule_id": "r1", "state": "confirmed", "grade": "evidence",
        "unit_id": "u", "detected_ms": NOW - HOUR, "in_force": True, "sealed": 2,
    }  # fmt: skip
    return Matter(**(plain | {"facts": facts} | more))


def clock(kind: str, state: str, **more: Any) -> Clock:
    """A clock that ended an hour ago."""
    plain: dict[str, Any] = {
        "clock_id": f"clock-{kind}", "kind": kind, "subject_kind": "alert", "subject_id": "a1",
        "alert_id": "a1", "officer_id": "wang", "by_party": False, "started_ms": NOW - 9 * HOUR,
        "due_ms": NOW - HOUR, "met_ms": None, "state": state,
    }  # fmt: skip
    return Clock(**(plain | more))


def observed(*matters: Matter, **more: Any) -> Observed:
    """The unit with two officers, whose register of posts is kept."""
    plain: dict[str, Any] = {
        "unit_id": "u", "from_ms": NOW - 99 * HOUR, "to_ms": NOW + HOUR, "now_ms": NOW,
        "officers": {"wang": "officer", "li": "officer", "sun": "leader", "he": "officer"},
        "register_kept": True,
    }  # fmt: skip
    return Observed(**(plain | {"matters": matters} | more))
