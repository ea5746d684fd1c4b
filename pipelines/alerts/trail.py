"""Owns the audit-trail rows that the pipeline itself leaves on an alert. None is ever changed."""

from __future__ import annotations

from detectors.types import digest_id
from pipelines.stage import Save

ACTOR = "vigil"


def event(
    alert_id: str, action: str, at_ms: int, *, cause: str, reason_code: str = "", ground: str = "",
    actor: str = ACTOR,
) -> Save:  # fmt: skip
    """One row; ``cause`` (a message's or answer's id) and action make it unique."""
    return Save(
        "alerts_trail",
        {
            "event_id": digest_id("case_event", alert_id, action, cause),
            "alert_id": alert_id,
            "at_ms": at_ms,
            "actor": actor,
            "action": action,
            "reason_code": reason_code,
            "ground": ground,
        },
    )
