"""Owns the registry as stages use it: loaded once, looked up by id. Must not write."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from detectors.types import OpeningHours, Scene, Series, Zone
from pipelines.registry.papers import Document, Standing, standing
from pipelines.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A reading of the registry at one moment.

    Attributes:
        series: by series id.
        by_device: of each sensor, quantity to series.
        scenes: by camera id.
        documents: by device id.
        district_of: party id to district id.
    """

    series: dict[int, Series]
    by_device: dict[str, dict[str, Series]]
    scenes: dict[str, Scene]
    documents: dict[str, tuple[Document, ...]]

    def standing(self, device_id: str, at_ms: int) -> Standing:
        """Whether a device's finding at a moment may be evidence."""
        return standing(self.documents.get(device_id, ()), at_ms)


async def load_registry(database: Database) -> Registry:
    """Reads the whole registry."""
    series = [_series(row) for row in await database.rows("registry_series")]
    by_device: dict[str, dict[str, Series]] = {}
    for one in series:
        by_device.setdefault(one.device_id, {})[one.quantity] = one
    zones: dict[str, list[Zone]] = {}
    for row in await database.rows("registry_zones"):
        zones.setdefault(row.pop("device_id"), []).append(msgspec.convert(row, Zone))
    scenes = {
        row["camera_id"]: msgspec.convert({**row, "zones": zones.get(row["camera_id"], [])}, Scene)
        for row in await database.rows("registry_cameras")
    }
    documents: dict[str, list[Document]] = {}
    for row in await database.rows("registry_documents"):
        documents.setdefault(row["device_id"], []).append(msgspec.convert(row, Document))
    return Registry(
        series={one.series_id: one for one in series},
        by_device=by_device,
        scenes=scenes,
        documents={device: tuple(papers) for device, papers in documents.items()},
    )


def _series(row: dict[str, object]) -> Series:
    hours = msgspec.convert(row.pop("hours"), OpeningHours)
    return Series(hours=hours, **row)  # type: ignore[arg-type]  # columns are the fields
