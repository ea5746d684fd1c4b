"""Owns reading a scene from a file of zones. Must not know what rules make of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detectors.catalogue import SITE_KINDS
from detectors.types import ZONE_KINDS, Scene, Zone
from pipelines.registry.cells import POLYGON
from pipelines.registry.hours import parse_hours

EXAMPLE = Path(__file__).parent / "example.toml"
CAMERA = "watched"
_KEYS = {"site_kind", "hours", "reference", "zone"}
_ZONE_KEYS = {"id", "kind", "polygon", "limit", "active"}
_ACTIVE = ("always", "open", "shut")


class BadZones(ValueError):
    """The file of zones is not as it should be; says where and what to write."""


def scene_of(path: Path | None) -> Scene:
    """The scene that a file describes; without one, a place without zones.

    Raises:
        BadZones: no TOML, or something in it is unknown or out of range.
    """
    said: dict[str, Any] = {}
    if path is not None:
        try:
            said = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadZones(f"{path}: {error}; see `vigil watch --example-zones`") from error
    try:
        _known(said, _KEYS, "file")
        return _scene(said, path.parent if path else Path())
    except (ValueError, TypeError, OSError) as error:
        raise BadZones(f"{path}: {error}; see `vigil watch --example-zones`") from error


def _scene(said: Mapping[str, Any], folder: Path) -> Scene:
    kind = said.get("site_kind", "pool")
    if kind not in SITE_KINDS:
        raise ValueError(f"site_kind {kind!r} is none of {', '.join(SITE_KINDS)}")
    zones = said.get("zone", [])
    if not isinstance(zones, list):
        raise TypeError("write each zone under a line [[zone]]")
    made = tuple(_zone(one) for one in zones)
    if len({zone.zone_id for zone in made}) != len(made):
        raise ValueError("two zones have the same id")
    reference = said.get("reference")
    return Scene(
        camera_id=CAMERA,
        party_id="",
        site_id="",
        site_kind=kind,
        place="",
        zones=made,
        hours=parse_hours(said.get("hours", "always")),
        reference=(folder / reference).read_bytes() if reference else b"",
    )


def _zone(said: Mapping[str, Any]) -> Zone:
    name = said.get("id")
    if not isinstance(name, str) or not name:
        raise ValueError("a zone has no id")
    _known(said, _ZONE_KEYS, f"zone {name}")
    kind, active = said.get("kind"), said.get("active", "always")
    if kind not in ZONE_KINDS:
        raise ValueError(f"zone {name}: kind {kind!r} is none of {', '.join(ZONE_KINDS)}")
    if active not in _ACTIVE:
        raise ValueError(f"zone {name}: active {active!r} is none of {', '.join(_ACTIVE)}")
    limit = said.get("limit", 0)
    if not isinstance(limit, int) or limit < 0:
        raise ValueError(f"zone {name}: limit {limit!r} is no number of people")
    try:
        polygon = POLYGON.read(str(said.get("polygon", "")))
    except ValueError as error:
        raise ValueError(f"zone {name}: polygon {error}") from error
    return Zone(zone_id=name, kind=kind, polygon=polygon, limit=limit, active=active)


def _known(said: Mapping[str, Any], keys: set[str], where: str) -> None:
    if strange := sorted(said.keys() - keys):
        raise ValueError(f"{where}: unknown {strange[0]!r}; known are {', '.join(sorted(keys))}")
