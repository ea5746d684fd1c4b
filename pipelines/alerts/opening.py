"""Owns how a sealed alert comes before the officers, or is held, and how one is let go again.

Whatever brings it before them does the same: state, entry of the trail, the party's notice, and the
clocks that begin with it.
"""

from __future__ import annotations

from detectors.types import digest_id
from pipelines.alerts.clocked import put_before_officers
from pipelines.clocks.keep import apply, started
from pipelines.store import Transaction


async def sealed(tx: Transaction, alert_id: str, *, at_ms: int) -> None:
    """Its evidence is pinned: it becomes ``open``, or ``held`` for the reason stored with it."""
    row = await tx.row("alerts_seal_state", alert_id=alert_id)
    if row is None:
        return
    held = row["state"] == "held"
    await tx.execute(
        "alerts_seal_event",
        event_id=digest_id(alert_id, "sealed"),
        alert_id=alert_id,
        at_ms=at_ms,
        action="held" if held else "sealed",
        reason_code=row["held_by"] if held else "",
        ground=f"{row['held_why']}:{row['held_ref']}" if held else "",
    )
    if not held and not row["staged"]:
        await apply(tx, *put_before_officers(alert_id, at_ms=at_ms))


async def notice_waits(tx: Transaction, alert_id: str, *, at_ms: int) -> None:
    """The party is told of what is before officers: the notice of a held one waits with it."""
    if not await tx.execute("alerts_hold_notice", alert_id=alert_id):
        await apply(tx, started("notice_told", "alert", alert_id, at_ms=at_ms))


async def let_go(tx: Transaction, alert_id: str, *, why: str, at_ms: int) -> bool:
    """A held alert goes before the officers after all; returns whether it was held.

    Args:
        why: what let it go, as a code of ``letting_go.WHY``.
    """
    row = await tx.row("alerts_let_go", alert_id=alert_id)
    if row is None:
        return False
    await tx.execute(
        "alerts_seal_event",
        event_id=digest_id(alert_id, "let_go", row["held_by"], row["held_ref"]),
        alert_id=alert_id,
        at_ms=at_ms,
        action="let_go",
        reason_code=row["held_by"],
        ground=f"{why}:{row['held_ref']}",
    )
    if row["state"] == "open":  # else it is being sealed still, and will be put before them then
        await apply(tx, *put_before_officers(alert_id, at_ms=at_ms))
        await release_notice(tx, alert_id, at_ms=at_ms)
    return True


async def release_notice(tx: Transaction, alert_id: str, *, at_ms: int) -> None:
    """The notice that waited with a held alert is sent now, and its clock begins."""
    if await tx.execute("alerts_release_notice", alert_id=alert_id, at_ms=at_ms):
        await apply(tx, started("notice_told", "alert", alert_id, at_ms=at_ms))
