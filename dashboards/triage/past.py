"""Owns what is told of the past: the site's year, its cases and credit, alerts like this one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.triage import similar
from dashboards.triage.record import entry_of
from dashboards.triage.site import Site
from dashboards.triage.wilson import Share
from pipelines.store.database import Row

_ZONE = ZoneInfo("Asia/Shanghai")
_MONTHS = 12
_LOOKED_AT = 400  # decided alerts that are compared: the newest say more than the oldest
_LAST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Alerts of one local month (``2026-05``) by what became of them."""

    month: str
    confirmed: int = 0
    dismissed: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.confirmed + self.dismissed + self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A past alert like this one, with the verdict in force (None where the trail lost it)."""

    likeness: similar.Likeness
    verdict: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Everything that went before.

    Attributes:
        last, cases: rows, the newest first; ``last`` with their catalogue ``entry``.
        here, overall: how often this rule's decided alerts of a year were confirmed, at this site
            and in the unit.
    """

    months: list[Month]
    last: list[Row]
    cases: list[Row]
    credit: Row | None
    alike: list[Alike]
    here: Share
    overall: Share


async def past_of(site: Site, alert: Row) -> Past:
    """Reads an alert's past from before it was detected; its site's year up to now."""
    database, now_ms = site.database, site.clock()
    first = months_until(now_ms)[0]
    since_ms = round(dt.datetime.strptime(f"{first}-01 +0800", "%Y-%m-%d %z").timestamp() * 1000)
    mine = {"alert_id": alert["alert_id"], "site_id": alert["site_id"]}
    rule = {"rule_id": alert["rule_id"], "unit_id": alert["unit_id"],
            "before_ms": alert["detected_ms"]}  # fmt: skip
    months, last, cases, decided, shares, credit = await asyncio.gather(
        database.rows(
            "triage_page_months", site_id=alert["site_id"], from_ms=since_ms, to_ms=now_ms
        ),
        database.rows("triage_page_last", **mine, from_ms=since_ms, limit=_LAST),
        database.rows("triage_page_cases", **mine, party_id=alert["party_id"]),
        database.rows(
            "triage_page_decided", **rule, alert_id=alert["alert_id"],
            site_kind=alert["site_kind"], limit=_LOOKED_AT,
        ),
        database.rows("triage_page_shares", **mine, **rule, from_ms=since_ms),
        database.row("triage_page_credit", party_id=alert["party_id"]),
    )  # fmt: skip
    nearest = similar.alike(alert, decided)
    return Past(
        months=filled(months, now_ms),
        last=[row | {"entry": entry_of(site.rules, row)} for row in last],
        cases=[row | {"entry": entry_of(site.rules, row)} for row in cases],
        credit=credit,
        alike=await _with_verdicts(site, nearest),
        here=_share(similar.shared(shares, here=True)),
        overall=_share(similar.shared(shares)),
    )


def months_until(now_ms: int) -> list[str]:
    """The twelve local months that end with the present one."""
    now = dt.datetime.fromtimestamp(now_ms / 1000, _ZONE)
    last = now.year * 12 + now.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(last - _MONTHS + 1, last + 1)]


def filled(rows: Sequence[Mapping[str, Any]], now_ms: int) -> list[Month]:
    """Every month of the year, those without an alert too; what is undecided is waiting."""
    counts: dict[str, dict[str, int]] = {month: {} for month in months_until(now_ms)}
    for row in rows:
        if (month := counts.get(str(row["month"]))) is not None:
            state = str(row["state"])
            kind = state if state in ("confirmed", "dismissed") else "waiting"
            month[kind] = month.get(kind, 0) + int(row["n"])
    return [Month(month=month, **found) for month, found in counts.items()]


async def _with_verdicts(site: Site, nearest: list[similar.Likeness]) -> list[Alike]:
    ids = [str(one.row["alert_id"]) for one in nearest]
    if not ids:
        return []
    rows = await site.database.rows("triage_page_grounds", alert_ids=ids)
    verdicts = {str(row["alert_id"]): row for row in rows}
    return [
        Alike(likeness=one, verdict=verdicts.get(alert_id))
        for one, alert_id in zip(nearest, ids, strict=True)
    ]


def _share(counted: tuple[int, int]) -> Share:
    return Share(k=counted[0], n=counted[1])
