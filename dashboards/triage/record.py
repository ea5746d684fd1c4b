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
        window_ms: what the chart spans, first and last moment.
        interval_ms: how often ``points`` are expected.
    """

    alert: Row
    entry: Entry | None
    points: list[Point]
    window_ms: tuple[int, int]
    interval_ms: float
    documents: list[Row]
    evidence: Row | None
    objects: list[Row]
    gaps: list[Row]
    risk: Row | None
    notices: list[Row]
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
    points = await _points(site, alert, window)
    lists = await asyncio.gather(
        database.rows("triage_documents", device_id=alert["device_id"]),
        database.rows("triage_objects", alert_id=alert_id),
        database.rows(
            "triage_gaps", camera_id=alert["device_id"], from_ms=window[0], to_ms=window[1]
        ),
        database.rows("triage_notices", alert_id=alert_id),
        database.rows("triage_events", alert_id=alert_id),
        database.rows("triage_signals", alert_id=alert_id),
    )
    documents, objects, gaps, notices, events, signals = lists
    evidence, risk, case = await asyncio.gather(
        database.row("triage_evidence", alert_id=alert_id),
        database.row("triage_risk", alert_id=alert_id),
        database.row("triage_case", alert_id=alert_id),
    )
    interval_s = alert["interval_s"]
    return Record(
        alert=alert,
        entry=entry_of(site.rules, alert),
        points=points,
        window_ms=window,
        interval_ms=float(interval_s) * 1000 if interval_s else _usual_step(points),
        documents=documents,
        evidence=evidence,
        objects=objects,
        gaps=gaps,
        risk=risk,
        notices=notices,
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


async def _points(site: Site, alert: Row, window: tuple[int, int]) -> list[Point]:
    spans: dict[str, Any] = {"from_ms": window[0], "to_ms": window[1]}
    if alert["series_id"] is not None:
        rows = await site.database.rows("triage_readings", series_id=alert["series_id"], **spans)
    elif alert["device_kind"] == "camera":
        rows = await site.database.rows("triage_people", camera_id=alert["device_id"], **spans)
    else:
        rows = []
    return [Point(time_ms=r["time_ms"], value=r["value"], good=r["flag"] == 0) for r in rows]


def _usual_step(points: list[Point]) -> float:
    """A camera looks when something moves: its median step stands for the interval."""
    steps = sorted(b.time_ms - a.time_ms for a, b in pairwise(points))
    return float(max(steps[len(steps) // 2] * 4, 15_000)) if steps else 15_000.0
