"""Owns the registry as stages use it: built from the register's rows, looked up by id.

Must not write. A device that moved has several series of one quantity, one a placement.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from detectors.catalogue.entry import FAR_MS
from detectors.types import OpeningHours, Scene, Series, Zone
from pipelines.registry.papers import Document, Facts, Placement, Standing, covers, standing
from pipelines.registry.read import read_register
from pipelines.registry.types import Hj212Station, Point, Register, Site
from pipelines.registry.views import ReferenceViews, Views, view_at
from pipelines.store import Database


class Stay(NamedTuple):
    """A device at one point for a time: what it measured or saw there."""

    placement: Placement
    series: dict[str, Series]
    scene: Scene | None


@dataclass(slots=True, kw_only=True)
class Registry:
    """The registry as of one version.

    Attributes:
        series: by series id, those of former placements too.
        by_device: of each sensor, quantity to series, where it was placed last.
        scenes: by camera id, where it was placed last.
        facts: by device id, everything its standing follows from.
        stays: by device id, where it stood, oldest first.
        stations: HJ 212 station numbers (MN), with the devices that have spoken under them.
        version: grows with every change of the register.
        views: signed reference views by camera id, those that verify.
    """

    series: dict[int, Series]
    by_device: dict[str, dict[str, Series]]
    scenes: dict[str, Scene]
    facts: dict[str, Facts]
    stays: dict[str, tuple[Stay, ...]] = field(default_factory=dict)
    stations: dict[str, tuple[Hj212Station, ...]] = field(default_factory=dict)
    version: int = 0
    views: Views = field(default_factory=dict)

    @property
    def documents(self) -> dict[str, tuple[Document, ...]]:
        """Papers by device id."""
        return {device: facts.documents for device, facts in self.facts.items()}

    def standing(self, device_id: str, at_ms: int) -> Standing:
        """Whether a device's finding at a moment may be evidence."""
        return standing(self.facts.get(device_id, Facts()), at_ms)

    def series_of(self, device_id: str, at_ms: int) -> dict[str, Series]:
        """Quantity to series of a device where it stood at a moment; empty when nowhere."""
        stay = self._stay(device_id, at_ms)
        return stay.series if stay else {}

    def device_of_station(self, mn: str, at_ms: int) -> str | None:
        """The device that speaks HJ 212 under a station number at a moment."""
        return next(
            (
                station.device_id
                for station in self.stations.get(mn, ())
                if covers(station.valid_from_ms, station.valid_to_ms, at_ms)
            ),
            None,
        )

    def scene_of(self, camera_id: str, at_ms: int) -> Scene | None:
        """What a camera saw at a moment; None when it stood nowhere."""
        stay = self._stay(camera_id, at_ms)
        if stay is None or stay.scene is None:
            return None
        reference = view_at(self.views, camera_id, stay.placement.from_ms, at_ms)
        return msgspec.structs.replace(stay.scene, reference=reference)

    def _stay(self, device_id: str, at_ms: int) -> Stay | None:
        stays = self.stays.get(device_id, ())
        return next((stay for stay in stays if stay.placement.covers(at_ms)), None)


class _OfDevice(Protocol):
    @property
    def device_id(self) -> str: ...


_One = TypeVar("_One")
_Row = TypeVar("_Row", bound=_OfDevice)


async def load_registry(database: Database, views: ReferenceViews | None = None) -> Registry:
    """Reads the whole registry as it is at one moment; without ``views``, no reference views."""
    async with database.transaction() as tx:
        await tx.execute("registry_consistent")
        version = await tx.row("registry_version")
        register = await read_register(tx)
        signed = {} if views is None else await views.read(tx)
    # In a thread: of a hundred thousand series it takes a second, and other stages go on.
    number = int(version["version"]) if version else 0
    registry = await asyncio.to_thread(assemble, register, version=number)
    registry.views = signed
    return registry


def assemble(register: Register, *, version: int = 0) -> Registry:
    """Makes the registry of a register's rows."""
    where = _Where(register)
    placed = _by_device(sorted(register.placements, key=lambda p: p.from_ms))
    series_at: dict[str, dict[str, Series]] = defaultdict(dict)
    removed = {device.device_id: device.removed_ms for device in register.devices}
    for row in register.series:
        series_at[row.placement_id][row.quantity] = Series(
            series_id=row.series_id,
            quantity=row.quantity,
            unit=row.unit,
            interval_s=row.interval_s,
            resolution=row.resolution,
            device_id=where.placement(row.placement_id).device_id,
            until_ms=_until_ms(where.placement(row.placement_id), removed),
            **where.of(row.placement_id),  # type: ignore[arg-type]  # fields of Series
        )
    scene_at = _scenes(register, where)
    stays = {
        device: tuple(
            Stay(one, series_at.get(one.placement_id, {}), scene_at.get(one.placement_id))
            for one in placements
        )
        for device, placements in placed.items()
    }
    last = {device: of[-1] for device, of in stays.items()}
    return Registry(
        series={one.series_id: one for of in series_at.values() for one in of.values()},
        by_device={device: stay.series for device, stay in last.items() if stay.series},
        scenes={device: stay.scene for device, stay in last.items() if stay.scene},
        facts=_facts(register, placed),
        stays=stays,
        stations=_grouped(register.hj212_stations, lambda station: station.mn),
        version=version,
    )


def _until_ms(placement: Placement, removed: dict[str, int | None]) -> int:
    ends = (placement.to_ms, removed.get(placement.device_id))
    return min([FAR_MS, *(end for end in ends if end is not None)])


class _Where:
    """Where each placement is."""

    def __init__(self, register: Register) -> None:
        closed: dict[str, list[dt.date]] = defaultdict(list)
        for days in register.closed_days:
            count = (days.last_day - days.first_day).days + 1
            closed[days.site_id] += [days.first_day + dt.timedelta(n) for n in range(count)]
        self._hours: dict[str, OpeningHours] = {
            site.site_id: msgspec.structs.replace(
                site.hours, closed_days=tuple(sorted(set(closed.get(site.site_id, ()))))
            )
            for site in register.sites
        }
        self._sites: dict[str, Site] = {site.site_id: site for site in register.sites}
        self._points: dict[str, Point] = {point.point_id: point for point in register.points}
        self._placements = {p.placement_id: p for p in register.placements}

    def placement(self, placement_id: str) -> Placement:
        return self._placements[placement_id]

    def of(self, placement_id: str) -> dict[str, object]:
        """The fields that a series and a scene share."""
        point = self._points[self._placements[placement_id].point_id]
        site = self._sites[point.site_id]
        return {
            "party_id": site.party_id,
            "site_id": site.site_id,
            "site_kind": point.kind or site.kind,
            "place": point.place,
            "hours": self._hours[site.site_id],
        }


def _scenes(register: Register, where: _Where) -> dict[str, Scene]:
    zones: dict[str, list[Zone]] = defaultdict(list)
    for row in register.zones:
        zone = Zone(
            zone_id=row.zone_id, kind=row.kind, polygon=row.polygon, limit=row.crowd_limit,
            active=row.active,
        )  # fmt: skip
        zones[row.placement_id].append(zone)
    cameras = {device.device_id for device in register.devices if device.kind == "camera"}
    return {
        placement.placement_id: Scene(
            camera_id=placement.device_id,
            zones=tuple(zones[placement.placement_id]),
            **where.of(placement.placement_id),  # type: ignore[arg-type]  # fields of Scene
        )
        for placement in register.placements
        if placement.device_id in cameras
    }


def _facts(register: Register, placed: dict[str, tuple[Placement, ...]]) -> dict[str, Facts]:
    documents = _by_device(register.documents)
    maintenance, damages = _by_device(register.maintenance), _by_device(register.damages)
    return {
        device.device_id: Facts(
            documents=documents.get(device.device_id, ()),
            placements=placed.get(device.device_id, ()),
            maintenance=maintenance.get(device.device_id, ()),
            damages=damages.get(device.device_id, ()),
            installed_ms=device.installed_ms,
            removed_ms=device.removed_ms,
        )
        for device in register.devices
    }


def _by_device(rows: Iterable[_Row]) -> dict[str, tuple[_Row, ...]]:
    return _grouped(rows, lambda row: row.device_id)


def _grouped(rows: Iterable[_One], key: Callable[[_One], str]) -> dict[str, tuple[_One, ...]]:
    found: dict[str, list[_One]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return {name: tuple(of) for name, of in found.items()}
