"""Owns reading from the database what a seal needs to know of an alert. Must not pin or write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import BadMessage
from pipelines.evidence.canonical import number
from pipelines.evidence.footage import Pinned, Wanted
from pipelines.evidence.manifest import Coverage, Finding, Look, Paper, SealedObject, Span, Zone
from pipelines.evidence.raw import Readings
from pipelines.quality.around import Around
from pipelines.quality.gather import around
from pipelines.store import Database

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much around an alert is pinned.

    Attributes:
        most_messages: a bound on one alert's raw messages; the newest are kept.
    """

    clip_before_ms: int
    clip_after_ms: int
    readings_before_ms: int = 3_600_000
    most_messages: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alert that waits for its seal, and what the database knows around it.

    Attributes:
        clock: ``offset_ms`` and ``uncertainty_ms`` of the device's clock when the spell was
            detected; empty when nothing is known.
    """

    alert: Row
    papers: list[Paper]
    readings: Readings | None
    footage: list[Wanted]
    looks: list[Look]
    zones: list[Zone]
    clock: Row

    @property
    def alert_id(self) -> str:
        """The alert's id."""
        return str(self.alert["alert_id"])

    async def known_gaps(self, database: Database, wanted: Wanted) -> Sequence[Span]:
        """What capture nodes said was not recorded; read late, when the span is over."""
        rows = await database.rows(
            "evidence_gaps",
            camera_id=wanted.camera_id,
            from_ms=wanted.from_ms,
            to_ms=wanted.to_ms,
        )
        return [Span(**row) for row in rows]

    async def around(self, database: Database, pinned: Sequence[Pinned]) -> Around:
        """What the quality gate must know beside the manifest; read late, like the gaps."""
        alert = self.alert
        own = [wanted for wanted in self.footage if wanted.camera_id == alert["device_id"]]
        spans = [(wanted.from_ms, wanted.to_ms) for wanted in own]
        return await around(
            database,
            alert,
            span=spans[0] if spans else (alert["start_ms"], alert["detected_ms"]),
            clips={one.coverage.camera_id: one.clip for one in pinned if one.clip},
            values=self.readings.values if self.readings else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was pinned for an alert; every object is in the store."""

    objects: list[SealedObject]
    findings: list[Finding]
    footage: list[Coverage]
    around: Around


async def gather(database: Database, alert_id: str, window: Window) -> Case | None:
    """Reads an alert and what belongs to it; None when it is sealed already.

    Raises:
        BadMessage: there is no such alert.
    """
    alert = await database.row("evidence_alert", alert_id=alert_id)
    if alert is None:
        raise BadMessage("unknown_alert", f"no alert {alert_id}")
    if alert["evidence_id"] is not None:
        return None
    cameras = await database.rows(
        "evidence_cameras",
        device_id=alert["device_id"],
        site_id=alert["site_id"],
        place=alert["place"],
        at_ms=alert["detected_ms"],
    )
    footage = [_wanted(row["device_id"], alert, window) for row in cameras]
    return Case(
        alert=alert,
        papers=await _papers(database, alert, footage),
        readings=await _readings(database, alert, window),
        footage=footage,
        looks=await _looks(database, alert, window),
        zones=await _zones(database, alert),
        clock=await database.row(
            "custody_clock", device_id=alert["device_id"], at_ms=alert["detected_ms"]
        )
        or {},
    )


def _wanted(camera_id: str, alert: Row, window: Window) -> Wanted:
    shown_ms = int(alert["detected_ms"])
    return Wanted(
        camera_id=camera_id,
        from_ms=shown_ms - window.clip_before_ms,
        to_ms=shown_ms + window.clip_after_ms,
        shown_ms=shown_ms,
    )


async def _papers(database: Database, alert: Row, footage: list[Wanted]) -> list[Paper]:
    devices = sorted({alert["device_id"], *(wanted.camera_id for wanted in footage)})
    rows = await database.rows("evidence_papers", device_ids=devices, at_ms=alert["start_ms"])
    return [Paper(**row) for row in rows]


async def _readings(database: Database, alert: Row, window: Window) -> Readings | None:
    if alert["device_kind"] != "sensor":
        return None
    span = {
        "from_ms": alert["start_ms"] - window.readings_before_ms,
        "to_ms": alert["detected_ms"],
    }
    device_id = alert["device_id"]
    batches = await database.rows(
        "evidence_raw", device_id=device_id, most=window.most_messages, **span
    )
    counted = await database.row("evidence_raw_count", device_id=device_id, **span)
    values = await database.rows("evidence_readings", series_id=alert["series_id"], **span)
    return Readings(batches=batches, total=counted["n"] if counted else 0, values=values)


async def _looks(database: Database, alert: Row, window: Window) -> list[Look]:
    if alert["device_kind"] != "camera":
        return []
    rows = await database.rows(
        "evidence_looks",
        camera_id=alert["device_id"],
        from_ms=alert["detected_ms"] - window.clip_before_ms,
        to_ms=alert["detected_ms"],
    )
    return [Look(**row) for row in rows]


async def _zones(database: Database, alert: Row) -> list[Zone]:
    """The zones that the alert's signals name, as they were drawn where the camera stood then."""
    rows = await database.rows("evidence_zones", alert_id=alert["alert_id"])
    return [
        Zone(
            zone_id=row["zone_id"],
            kind=row["kind"],
            limit=row["crowd_limit"],
            active=row["active"],
            polygon=[[number(x) or "", number(y) or ""] for x, y in row["polygon"]],
        )
        for row in rows
    ]
