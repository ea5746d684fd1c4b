"""Owns gathering all that is known of one alert, for the page and for the API alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from dashboards.triage.chart import Point
from dashboards.triage.site import Site
from detectors.catalogue import Catalogue, Entry
from detectors.explain import explain
from detectors.types import Signal
from pipelines.store.database import Row

_LEAST_AROUND_MS = 20 * 60_000
_CAMERA_AROUND_MS = 60_000
_LONGEST_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One alert with everything around it.

    Attributes:
        entry: the rule in the version that judged; None when the catalogue no longer has it.
    """

    alert: Row
    entry: Entry | None
    documents: list[Row]
    evidence: Row | None
    objects: list[Row]
    gaps: list[Row]
    risk: Row | None
    case: Row | None
    events: list[Row]
    explanation: dict[str, tuple[str, ...]]


def entry_of(rules: Catalogue, row: Row) -> Entry | None:
    """The rule that judged a row's alert, in its version."""
    return rules.by_key(f"{row['rule_id']}@{row['rule_version']}")


def window_of(alert: Row, now_ms: int) -> tuple[int, int]:
    """From before the spell to after it: half its length on both sides, within a week."""
    start, end = int(alert["start_ms"]), int(alert["end_ms"] or alert["detected_ms"])
    least = _CAMERA_AROUND_MS if alert["device_kind"] == "camera" else _LEAST_AROUND_MS
    around = max(least, (end - start) // 2)
    last = min(end + around, max(now_ms, end))
    return max(start - around, last - _LONGEST_MS), last


async def record_of(site: Site, alert_id: str) -> Record | None:
    """Gathers an alert; None when none of this id is before the officers."""
    database = site.database
    alert = await database.row("triage_alert", alert_id=alert_id)
    if alert is None:
        return None
    window = window_of(alert, site.clock())
    lists = await asyncio.gather(
        database.rows("triage_documents", device_id=alert["device_id"]),
        database.rows("triage_objects", alert_id=alert_id),
        database.rows(
            "triage_gaps", camera_id=alert["device_id"], from_ms=window[0], to_ms=window[1]
        ),
        database.rows("triage_events", alert_id=alert_id),
        database.rows("triage_signals", alert_id=alert_id),
    )
    documents, objects, gaps, events, signals = lists
    evidence, risk, case = await asyncio.gather(
        database.row("triage_evidence", alert_id=alert_id),
        database.row("triage_risk", alert_id=alert_id),
        database.row("triage_case", alert_id=alert_id),
    )
    return Record(
        alert=alert,
        entry=entry_of(site.rules, alert),
        documents=documents,
        evidence=evidence,
        objects=objects,
        gaps=gaps,
        risk=risk,
        case=case,
        events=events,
        explanation=explained(site.rules, signals),
    )


def explained(rules: Catalogue, signals: list[Row]) -> dict[str, tuple[str, ...]]:
    """The arithmetic in sentences by language; empty where a signal cannot be told in words."""
    told: dict[str, tuple[str, ...]] = {"zh": (), "en": ()}
    for row in signals:
        try:
            said = explain(msgspec.convert(row["body"], Signal), rules)
        except (KeyError, msgspec.ValidationError):
            continue  # a rule or an input that this catalogue does not know: the figures remain
        told = {"zh": said.zh, "en": said.en}
    return told


async def points_of(
    site: Site, window: tuple[int, int], *, series_id: int | None = None, camera_id: str = ""
) -> list[Point]:
    """A series' values, or how many people a camera saw, in time order."""
    spans: dict[str, Any] = {"from_ms": window[0], "to_ms": window[1]}
    if series_id is not None:
        rows = await site.database.rows("triage_readings", series_id=series_id, **spans)
    else:
        rows = await site.database.rows("triage_people", camera_id=camera_id, **spans)
    return [Point(time_ms=r["time_ms"], value=r["value"], good=r["flag"] == 0) for r in rows]


def usual_step(points: list[Point]) -> float:
    """A camera looks when something moves: its median step stands for the interval."""
    steps = sorted(b.time_ms - a.time_ms for a, b in pairwise(points))
    return float(max(steps[len(steps) // 2] * 4, 15_000)) if steps else 15_000.0
