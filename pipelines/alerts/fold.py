"""Owns what a fresh finding is to the former one of its thing: the same, or a new act. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.alerts.life import Life

GRAVER = ("low", "medium", "high", "critical")
NOT_YET_DECIDED = ("sealing", "open", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The newest finding of a thing that went before the officers.

    Attributes:
        state: now; ``sealing`` also where nothing is stored of it yet.
        decided_ms: when an officer confirmed or dismissed it, or had it put right; None: not yet.
        reason_code: of a dismissal.
    """

    alert_id: str
    severity: str
    detected_ms: int
    state: str = "sealing"
    decided_ms: int | None = None
    reason_code: str = ""

    def state_at(self, at_ms: int) -> str:
        """Its state when something was detected: what was decided later did not hold then."""
        if self.decided_ms is not None and self.decided_ms > at_ms:
            return "open"
        return self.state


def folded(former: Former, severity: str, at_ms: int, rules: Life) -> tuple[bool, bool, str]:
    """Whether it is held as another occurrence, else whether it repeats; and by which row."""
    state = former.state_at(at_ms)
    if state in NOT_YET_DECIDED:
        graver = GRAVER.index(severity) > GRAVER.index(former.severity)
        return not graver, False, "graver" if graver else "waiting"
    if state == "reminded":
        return False, True, "reminded"
    code = former.reason_code if state == "dismissed" else state
    row = rules.decided.get(code)
    if row is None or at_ms - (former.decided_ms or former.detected_ms) > row.lasts_ms:
        return False, False, ""
    holds = row.then == "fold" and severity != "critical"
    return holds, not holds, code
