"""Owns who stands in a zone and when a zone counts. Must not know rules.

Kept small in numpy: ``supervision``'s PolygonZone paints a mask as large as the picture for every
zone and brings matplotlib; ours takes shares of the picture, so a camera may change its size.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.types import Look, OpeningHours, Scene, Zone

_INSIDE = 1e-6  # feet cut off by the picture's edge still stand in the picture


def zones_of(scene: Scene, kind: str) -> tuple[Zone, ...]:
    """The camera's zones of one kind."""
    return tuple(zone for zone in scene.zones if zone.kind == kind)


def active(zone: Zone, hours: OpeningHours, time_ms: int) -> bool:
    """Whether the zone counts at a moment, by its ``active`` and the site's hours."""
    if zone.active == "always":
        return True
    is_open = bool(hours.open_at(np.array([time_ms], np.int64))[0])
    return is_open == (zone.active == "open")


def persons_in(zone: Zone, look: Look) -> NDArray[np.bool_]:
    """Which persons have their feet in the zone, bool ``(persons,)``."""
    return _within(zone, look, look.persons.feet_xy)


def faces_in(zone: Zone, look: Look) -> NDArray[np.bool_]:
    """Which faces have their middle in the zone, bool ``(faces,)``."""
    boxes = look.faces.boxes_xyxy
    return _within(zone, look, (boxes[:, :2] + boxes[:, 2:]) / 2)


def _within(zone: Zone, look: Look, points_px: NDArray[np.floating]) -> NDArray[np.bool_]:
    if not len(points_px):
        return np.zeros(0, np.bool_)
    size = np.array([look.width_px, look.height_px], np.float64)
    points = np.clip(points_px / size, _INSIDE, 1 - _INSIDE)
    return _crossed(_edges(zone.polygon), points)


def inside(polygon: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie in a polygon, by counting the edges a ray to the right crosses.

    Args:
        polygon: corners ``(k, 2)``, closed by itself.
        points: ``(n, 2)`` in the same frame.
    """
    corners = tuple((float(x), float(y)) for x, y in polygon)
    return _crossed(_edges(corners), points)


@lru_cache(maxsize=4096)
def _edges(corners: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Edges as rows x, y, end y, run over rise; a register has few polygons and many looks."""
    if len(corners) < 3:  # noqa: PLR2004  fewer corners hold no area
        return np.zeros((0, 4))
    start = np.array(corners, np.float64)
    end = np.roll(start, -1, axis=0)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])  # level: crossed never
    return np.column_stack([start, end[:, 1], (end[:, 0] - start[:, 0]) / rise])


def _crossed(edges: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y = points[:, :1], points[:, 1:]
    x1, y1, y2, slope = edges.T
    crosses = ((y1 > y) != (y2 > y)) & (x < slope * (y - y1) + x1)
    return np.asarray(crosses.sum(axis=1) % 2 == 1)
