"""Owns reading the queue: one page of rows, the groups, the counts. Knows no request.

A page is found by the key of its last or first row, never by a number of rows to leave out: what
comes or goes meanwhile moves nothing that was seen.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from dashboards.triage.access_door import require_unit
from dashboards.triage.queue_filters import SOON_MS, WAITING, Filters, asked, joined
from dashboards.triage.record import entry_of
from dashboards.triage.session import Officer
from dashboards.triage.site import Site
from pipelines.access.policy import Action
from pipelines.store.database import Row

PAGE = 50
_FIRST = -(2**62)
CURSOR = r"^-?\d{1,19}~[\w-]{0,64}$"
"""The form of ``after`` and ``before``: the key of a row, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page begins or ends: empty strings for the first page."""

    after: str = ""
    before: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """The row that it stands at.

        Raises:
            ValueError: it is not of the form ``CURSOR``.
        """
        text = self.before or self.after
        if not text:
            return _FIRST, ""
        if not re.match(CURSOR, text):
            raise ValueError(f"no such place in the queue: {text[:80]}")
        at, _, alert_id = text.partition("~")
        return max(int(at), _FIRST), alert_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows in order, each with its catalogue ``entry``; the keys of its neighbours or nothing."""

    rows: list[Row]
    after: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What waits in the unit, whatever the filters."""

    by_state: Counter[str]
    by_severity: Counter[str]
    rules: tuple[str, ...]
    overdue: int
    soon: int
    mine: int

    @property
    def waiting(self) -> int:
        """All that waits for an officer."""
        return sum(self.by_state[s] for s in WAITING)


async def page_of(
    site: Site, officer: Officer, filters: Filters, cursor: Cursor, *, limit: int = PAGE
) -> Page:
    """One page of the unit's alerts.

    Raises:
        Refused: their role sees no alerts.
        ValueError: the cursor is none.
    """
    at, alert_id = cursor.key
    name = f"triage_{'past' if filters.past else 'queue'}{'_back' if cursor.before else ''}"
    wanted = await _asked(site, officer, filters)
    rows = await site.database.rows(name, **wanted, at=at, alert_id=alert_id, limit=limit + 1)
    more = len(rows) > limit
    if more:
        rows = rows[1:] if cursor.before else rows[:limit]
    named = [row | {"entry": entry_of(site.rules, row)} for row in rows]
    before = bool(rows) and (more if cursor.before else bool(cursor.after))
    after = bool(rows) and (True if cursor.before else more)
    return Page(
        rows=named,
        before=_place(rows[0], filters) if before else "",
        after=_place(rows[-1], filters) if after else "",
    )


async def groups_of(site: Site, officer: Officer, filters: Filters, cursor: Cursor) -> Page:
    """The waiting alerts by site or incident: ``key, n, critical, high, due_ms`` and names."""
    at, key = cursor.key
    wanted = await _asked(site, officer, filters)
    rows = await site.database.rows(
        "triage_groups", **wanted, by=filters.group, at=at, alert_id=key, limit=PAGE + 1
    )
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    after = f"{rows[-1]['first_ms']}~{rows[-1]['key']}" if more else ""
    return Page(rows=rows, after=after, before="")


async def counts_of(site: Site, officer: Officer) -> Counts:
    """Exact, from the index of what waits."""
    now_ms = site.clock()
    rows = await site.database.rows(
        "triage_counts",
        unit_id=require_unit(officer, Action.LIST, "alert"),
        officer_id=officer.officer_id,
        now_ms=now_ms,
        soon_ms=now_ms + SOON_MS,
    )
    states, severities = Counter[str](), Counter[str]()
    waiting = [row for row in rows if row["state"] in WAITING]
    for row in rows:
        states[row["state"]] += row["n"]
    for row in waiting:
        severities[row["severity"]] += row["n"]
    return Counts(
        by_state=states,
        by_severity=severities,
        rules=tuple(sorted({row["rule_id"] for row in rows})),
        overdue=sum(row["overdue"] for row in waiting),
        soon=sum(row["soon"] for row in waiting),
        mine=sum(row["mine"] for row in waiting),
    )


async def _asked(site: Site, officer: Officer, filters: Filters) -> dict[str, Any]:
    unit_id = require_unit(officer, Action.LIST, "alert")
    found = asked(
        filters, site.rules, officer_id=officer.officer_id, unit_id=unit_id, now_ms=site.clock()
    )
    if not filters.q:
        return found
    like = "%" + re.sub(r"([%_\\])", r"\\\1", filters.q) + "%"
    rows = await site.database.rows("triage_found", unit_id=unit_id, like=like)
    places = [f"{r['site_id']} {r['place']}" for r in rows if not r["whole"] and r["place"]]
    sites = sorted({str(r["site_id"]) for r in rows if r["whole"]})
    return found | {"found_sites": joined(sites), "found_places": joined(places)}


def _place(row: Row, filters: Filters) -> str:
    key = -int(row["detected_ms"]) if filters.past else int(row["rank_ms"])
    return f"{key}~{row['alert_id']}"
