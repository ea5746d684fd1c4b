"""Owns whether the page proposes to remind the party first. Asks the data; decides nothing."""

from __future__ import annotations

from dashboards.triage.record import entry_of
from dashboards.triage.site import Site
from pipelines.alerts.remind_first import RemindFirst, remind_first
from pipelines.store.database import Row

DAY_MS = 86_400_000


async def reminding(site: Site, alert: Row) -> RemindFirst | None:
    """The rule by which a reminder is proposed for this alert; None where it is not."""
    rule, entry = remind_first(), entry_of(site.rules, alert)
    earlier = await site.database.row(
        "triage_stood_before", party_id=alert["party_id"], rule_id=alert["rule_id"],
        alert_id=alert["alert_id"], since_ms=alert["detected_ms"] - rule.days * DAY_MS,
        until_ms=alert["detected_ms"],
    )  # fmt: skip
    fits = rule.proposed(
        severity=str(alert["severity"]), finding=entry.kind_of_finding if entry else "",
        earlier=int(earlier["n"]) if earlier else 0,
    )  # fmt: skip
    return rule if fits else None
