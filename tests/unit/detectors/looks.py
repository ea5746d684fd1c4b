"""Looks and scenes that the tests of vision rules are built from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec
import numpy as np

from detectors.tracking import Tracks, track
from detectors.types import Look, OpeningHours, PictureHealth, Scene, Zone
from models.types import Detections
from tests.unit.detectors.streams import ALWAYS, DAY_MS

WIDTH_PX, HEIGHT_PX = 640, 360
CLEAR = PictureHealth(brightness=120.0, contrast=45.0, sharpness=900.0)
DARK = PictureHealth(brightness=4.0, contrast=1.5, sharpness=0.5)
BLURRED = PictureHealth(brightness=120.0, contrast=30.0, sharpness=2.0)
# Left half of the picture; its right edge lies at x = 0.5.
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
IN_ZONE, OUTSIDE = (0.25, 0.8), (0.75, 0.8)
ON_FLOOR_EDGE = (0.25, 1.0)


def a_look(
    second: float,
    *feet: tuple[float, float],
    health: PictureHealth = CLEAR,
    start_ms: int = DAY_MS,
) -> Look:
    """A look with one person standing at each point (shares of width and height)."""
    boxes = [
        (x * WIDTH_PX - 10, y * HEIGHT_PX - 60, x * WIDTH_PX + 10, y * HEIGHT_PX) for x, y in feet
    ]
    n = len(boxes)
    persons = Detections.of(
        np.array(boxes, np.float32).reshape(n, 4), np.ones(n, np.float32), np.zeros(n, np.int32)
    )
    return Look(
        time_ms=start_ms + int(second * 1000),
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        persons=persons,
        health=health,
    )


def scored(look: Look, score: float) -> Look:
    """The look with all its persons found at this score."""
    persons = replace(look.persons, score=np.full(len(look.persons), score, np.float32))
    return replace(look, persons=persons)


def a_scene(*zones: Zone, hours: OpeningHours = ALWAYS) -> Scene:
    """A camera with these zones."""
    return Scene(
        camera_id="camera-1",
        party_id="party-1",
        site_id="site-1",
        site_kind="pool",
        place="place-1",
        zones=zones,
        hours=hours,
    )


def a_zone(kind: str, *, limit: int = 0, active: str = "always", zone_id: str = "zone-1") -> Zone:
    """A zone over the left half of the picture."""
    return Zone(zone_id=zone_id, kind=kind, polygon=LEFT_HALF, limit=limit, active=active)


def tracked(looks: Iterable[Look]) -> Iterator[Look]:
    """The looks with track ids, the tracks stored as bytes between them."""
    state: Tracks | None = None
    for look in looks:
        state, seen = track(state, look)
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Tracks)
        yield seen
