"""Owns reading what the gate must know beside the manifest. Must not judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from detectors.catalogue.quantities import quantity
from pipelines.footage.types import Clip
from pipelines.quality.around import Around, Course, Shape, Sight
from pipelines.quality.criteria import criteria
from pipelines.store import Database, Transaction

Row = Mapping[str, Any]
_UNEVEN = 0.5  # of the usual step


async def around(
    database: Database,
    alert: Row,
    *,
    span: tuple[int, int],
    clips: Mapping[str, Clip],
    values: Sequence[Row],
) -> Around:
    """What is known around an alert now, in one transaction: sealing waits for it.

    Args:
        alert: the row of ``evidence_alert``.
        span: first and last moment of what is pinned.
        clips: by camera id, as they were cut.
        values: a sensor's readings, rows ``time_ms, value, flag`` in order of time.
    """
    async with database.transaction() as tx:
        device = {"device_id": alert["device_id"]}
        from_ms, to_ms = span
        disturbs = criteria().disturbs
        rules = [*disturbs.camera, *disturbs.sensor, *disturbs.clock]
        place = await tx.row(
            "quality_place", **device, at_ms=alert["start_ms"], site_id=alert["site_id"],
            place=alert["place"],
        )  # fmt: skip
        found = await tx.rows(
            "quality_device_alerts", **device, alert_id=alert["alert_id"], from_ms=from_ms,
            to_ms=to_ms, series_id=alert["series_id"], rules=rules,
        )  # fmt: skip
        filmed = alert["device_kind"] == "camera"
        seen = await _seen(tx, alert["device_id"], span) if filmed else {}
        return Around(
            **seen,
            shapes={camera: shape for camera, clip in clips.items() if (shape := shape_of(clip))},
            course=None if filmed else await _course(tx, alert, values),
            device_alerts=tuple(row["rule_id"] for row in found),
            maintained=bool(
                await tx.row("quality_maintained", **device, from_ms=from_ms, to_ms=to_ms)
            ),
            point_id=place["point_id"] if place else "",
            published=bool(place and place["published"]),
        )


def shape_of(clip: Clip) -> Shape | None:
    """A clip's size and the course of its frames; None when it does not tell."""
    width, height = clip.size_px
    if not clip.frames_ms or not width or not height:
        return None
    steps = [after - before for before, after in pairwise(clip.frames_ms)]
    usual = median(steps) if steps else 0.0
    uneven = sum(1 for step in steps if abs(step - usual) > _UNEVEN * usual)
    return Shape(
        width_px=width,
        height_px=height,
        frames=len(clip.frames_ms),
        usual_ms=usual,
        longest_ms=max(steps, default=0.0),
        uneven_share=uneven / len(steps) if steps else 0.0,
    )


async def _seen(tx: Transaction, camera_id: str, span: tuple[int, int]) -> dict[str, Any]:
    from_ms, to_ms = span
    camera = {"camera_id": camera_id}
    sight = await tx.row("quality_sight", **camera, from_ms=from_ms, to_ms=to_ms)
    usual = await tx.row("quality_usual", **camera, before_ms=from_ms)
    events = await tx.rows("quality_events", **camera, from_ms=from_ms, to_ms=to_ms)
    return {
        "sight": _sight(sight),
        "usual": _sight(usual),
        "events": tuple(row["what"] for row in events),
    }


def _sight(row: Row | None) -> Sight | None:
    return Sight(**row) if row and row["looks"] else None


async def _course(tx: Transaction, alert: Row, values: Sequence[Row]) -> Course | None:
    if alert["series_id"] is None:
        return None
    row = await tx.row("quality_interval", series_id=alert["series_id"])
    name = str(row["quantity"]) if row else ""
    known = quantity(name)
    steady = known.sampling == "online" and row is not None
    return Course(
        quantity=name,
        interval_s=float(row["interval_s"]) if row and steady else 0.0,
        possible=(known.low, known.high),
        values=tuple(
            (int(v["time_ms"]), float(v["value"]), int(v["flag"]))
            for v in values
            if alert["start_ms"] <= int(v["time_ms"]) <= alert["detected_ms"]
        ),
    )
