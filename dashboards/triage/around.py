"""Owns what else is known around an alert: notices, answers, clocks, its incident, who looked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from dashboards.triage import plan
from dashboards.triage.record import entry_of
from dashboards.triage.site import Site
from pipelines.store.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """One alert's surroundings.

    Attributes:
        related: other findings of its incident, each with its catalogue ``entry``.
        explains: the alert that keeps this one from the queue, if one does.
        looks: who looked at its films and files.
    """

    notices: list[Row]
    answers: list[Row]
    clocks: list[Row]
    related: list[Row]
    explains: Row | None
    looks: list[Row]
    stands: list[plan.Stand]
    assignee: Row | None


async def around_of(site: Site, alert: Row) -> Around:
    """Reads what lies around an alert."""
    database, alert_id = site.database, alert["alert_id"]
    notices, answers, clocks, looks, points = await asyncio.gather(
        database.rows("triage_page_notices", alert_id=alert_id),
        database.rows("triage_page_answers", alert_id=alert_id),
        database.rows("triage_page_clocks", alert_id=alert_id),
        database.rows("triage_page_looks", alert_id=alert_id),
        database.rows("triage_page_points", site_id=alert["site_id"], now_ms=site.clock()),
    )
    assignee = None
    if alert["assignee"]:
        assignee = await database.row("triage_page_assignee", officer_id=alert["assignee"])
    return Around(
        notices=notices,
        answers=answers,
        clocks=clocks,
        related=await _related(site, alert),
        explains=await _explains(site, alert),
        looks=looks,
        stands=plan.stands(points, alert, site.clock()),
        assignee=assignee,
    )


async def _related(site: Site, alert: Row) -> list[Row]:
    if not alert["incident_id"]:
        return []
    rows = await site.database.rows(
        "triage_page_related", incident_id=alert["incident_id"], alert_id=alert["alert_id"],
        site_id=alert["site_id"],
    )  # fmt: skip
    return [row | {"entry": entry_of(site.rules, row)} for row in rows]


async def _explains(site: Site, alert: Row) -> Row | None:
    if alert["state"] != "held" or not alert["held_ref"]:
        return None
    row = await site.database.row(
        "triage_page_explains", alert_id=alert["held_ref"], site_id=alert["site_id"]
    )
    return row | {"entry": entry_of(site.rules, row)} if row else None
