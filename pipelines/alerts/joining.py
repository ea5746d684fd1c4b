"""Owns what is stored when a finding joins others of its site: changes only, so twice is once."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.alerts.incidents import (
    SAME_SITE,
    Found,
    Incident,
    corroborated,
    incidents_of,
    still_joined,
)
from pipelines.alerts.life import Life
from pipelines.alerts.memory import SiteLife
from pipelines.alerts.trail import event
from pipelines.scoring import risk
from pipelines.stage import Effect, Save


def take_in(site: SiteLife, found: Found, rules: Life) -> bool:
    """Puts a fresh finding among those of late; returns whether another one bears it out."""
    newest_ms = max([found.detected_ms, *(one.detected_ms for one in site.recent)])
    site.recent = [*still_joined(site.recent, newest_ms, rules), found]
    found.corroborated = found.alert_id in corroborated(site.recent, rules)
    return found.corroborated


def joined(site_id: str, site: SiteLife, fresh: Found, rules: Life) -> Iterator[Effect]:
    """What a fresh finding, taken in already, changes of incidents and of others' risk."""
    by_id = {one.alert_id: one for one in site.recent}
    before = {one.incident_id for one in site.recent if one.incident_id}
    incidents = incidents_of(site_id, site.recent, rules)
    for incident in incidents:
        yield from _stored(site_id, incident, by_id, fresh)
    for old in sorted(before - {one.incident_id for one in incidents}):
        yield Save("alerts_incident_past", {"incident_id": old, "into": fresh.incident_id})
    yield from _raised(site.recent, fresh, rules)


def _stored(
    site_id: str, incident: Incident, by_id: dict[str, Found], fresh: Found
) -> Iterator[Effect]:
    """An incident's row, its new members and links."""
    incident_id = incident.incident_id
    moved = [one for one in incident.members if by_id[one].incident_id != incident_id]
    if not moved:
        return
    row = {"incident_id": incident_id, "site_id": site_id, "opened_ms": incident.opened_ms}
    yield Save("alerts_incident", row)
    for link in incident.links:
        if link.one in moved or link.other in moved:
            params = {"incident_id": incident_id, "alert_id": link.one, "with_id": link.other}
            yield Save("alerts_link", {**params, "reason": link.reason})
    for alert_id in moved:
        why = {k.reason for k in incident.links if alert_id in (k.one, k.other)}
        by_id[alert_id].incident_id = incident_id
        yield Save("alerts_join", {"alert_id": alert_id, "incident_id": incident_id})
        yield event(
            alert_id, "joined", max(fresh.detected_ms, by_id[alert_id].detected_ms),
            cause=incident_id, reason_code=min(why, key=_named_first), ground=incident_id,
        )  # fmt: skip


def _named_first(reason: str) -> tuple[bool, str]:
    return reason == SAME_SITE, reason


def _raised(recent: list[Found], fresh: Found, rules: Life) -> Iterator[Effect]:
    """The risk of findings that the fresh one bears out; its own was scored with it."""
    for alert_id in sorted(corroborated(recent, rules)):
        one = next(found for found in recent if found.alert_id == alert_id)
        if one.corroborated:
            continue
        one.corroborated = True
        score = risk.corroborate(one.contributions)
        one.contributions = score.contributions
        yield Save(
            "alerts_corroborated",
            {
                "alert_id": alert_id, "score": score.value, "model_version": score.model_version,
                "contributions": score.contributions,
                # after its own row, for the newest row is the one that counts
                "at_ms": max(fresh.detected_ms, one.detected_ms) + 1,
            },
        )  # fmt: skip
