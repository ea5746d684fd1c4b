"""Owns what is drawn over a clip on demand: zones as sealed, people as counted, boxes as found.

No boxes are stored when a rule decides: those given here were found in the recording when its
copy with hidden faces was made, and the page says so. Must not give any picture.
"""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse

from dashboards.triage.access_door import require_alert
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import TheSite
from pipelines.access.policy import Action
from pipelines.browse.boxes import boxes_of
from pipelines.browse.shelf import Ready
from pipelines.evidence.manifest import Coverage, Look, Span, Zone
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)


class _Filmed(msgspec.Struct, frozen=True):
    """What is read of a manifest of any format: what it says of footage, where it does."""

    footage: list[Coverage] = []
    looks: list[Look] = []
    zones: list[Zone] = []


@router.get("/alerts/{alert_id}/overlay/{name:path}")
async def give(site: TheSite, officer: TheOfficer, alert_id: str, name: str) -> JSONResponse:
    """Times in seconds of the film, places as shares of its width and height (0 to 1)."""
    await require_alert(site, officer, Action.VIEW_COPY, alert_id)
    objects = await site.database.rows("triage_objects", alert_id=alert_id)
    held = next((o for o in objects if o["name"] == name and o["role"] == "clip"), None)
    row = await site.database.row("cases_evidence", alert_id=alert_id)
    alert = await site.database.row("triage_alert", alert_id=alert_id)
    if held is None or row is None or alert is None:
        raise HTTPException(404, "object")
    copy = site.copies.ask(str(held["sha256"]), str(held["media_type"]))
    found = boxes_of(copy.path) if isinstance(copy, Ready) else None
    told = over(filmed_of(bytes(row["manifest"])), name, alert)
    boxes = msgspec.to_builtins(found) if found else None
    return JSONResponse(told | {"boxes": boxes}, headers={"Cache-Control": "no-store"})


def filmed_of(manifest: bytes) -> _Filmed:
    """What a manifest says of footage; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(manifest, type=_Filmed)
    except msgspec.DecodeError:
        return _Filmed()


def over(filmed: _Filmed, name: str, alert: Row) -> dict[str, Any]:
    """What the manifest lets be drawn over one clip. ``start_ms`` is null where nobody knows it."""
    coverage = next((c for c in filmed.footage if c.clip == name), None)
    start_ms = coverage.start_ms if coverage else None
    if coverage is None or start_ms is None:
        return {"start_ms": None, "decided_s": None, "zones": [], "looks": [], "gaps": []}
    own = coverage.camera_id == alert["device_id"]  # zones are of the camera that showed it
    end_ms = coverage.end_ms or start_ms

    def seconds(at_ms: int) -> float:
        return (at_ms - start_ms) / 1000

    return {
        "start_ms": start_ms,
        "decided_s": seconds(int(alert["detected_ms"])),
        "zones": [_zone(zone) for zone in filmed.zones] if own else [],
        "looks": [
            {"at_s": seconds(look.time_ms), "people": look.people, "model": look.model}
            for look in filmed.looks
            if look.camera_id == coverage.camera_id and start_ms <= look.time_ms <= end_ms
        ],
        "gaps": [_gap(gap, start_ms) for gap in coverage.gaps],
    }


def _zone(zone: Zone) -> dict[str, Any]:
    polygon = [[float(x), float(y)] for x, y in zone.polygon]
    return {"zone_id": zone.zone_id, "kind": zone.kind, "limit": zone.limit, "polygon": polygon}


def _gap(gap: Span, start_ms: int) -> dict[str, Any]:
    return {"from_s": (gap.start_ms - start_ms) / 1000, "to_s": (gap.end_ms - start_ms) / 1000,
            "reason": gap.reason}  # fmt: skip
