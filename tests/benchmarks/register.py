"""Owns the authority of the benchmarks: a site for every two devices, a hall of cameras."""

from __future__ import annotations

from collections.abc import Sequence

from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.papers import Document, Paper, Placement
from pipelines.registry.types import (
    Device,
    District,
    Party,
    Point,
    Register,
    Site,
    SiteKey,
    ZoneRow,
)
from pipelines.registry.write import key_digest
from tests.benchmarks.fleet import START_MS, Fleet

YEAR_MS = 365 * 24 * 3600 * 1000
CAMERAS = 120
HALL = "camera-hall"
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def camera_ids() -> list[str]:
    """The cameras, in order."""
    return [f"camera-{i:03d}" for i in range(CAMERAS)]


def register(fleet: Fleet, cameras_too: Sequence[str], *, papers: bool = True) -> Register:
    """Everything registered, every paper in force: what alerts there are can be evidence."""
    site_of = {device: fleet.site_of[device] for device, _ in fleet.devices}
    sensors = tuple(_device(device, "sensor") for device in site_of)
    cameras = tuple(_device(camera, "camera") for camera in cameras_too)
    sites = (*(_site(*site) for site in fleet.sites), _site(HALL, "hotel"))
    at = site_of | dict.fromkeys(cameras_too, HALL)
    digits = "91330702MA2330702"
    party = Party(
        party_id="party", district_id="330702", uscc=digits + uscc.calc_check_digit(digits),
        name_zh="基准测试单位", name_en="Benchmark party", service_email="party@example.invalid",
    )  # fmt: skip
    return Register(
        districts=(District(district_id="330702", name_zh="婺城区", name_en="Wucheng District"),),
        parties=(party,),
        sites=sites,
        points=tuple(_point(device, site) for device, site in at.items()),
        devices=(*sensors, *cameras),
        placements=tuple(_placement(device) for device in at),
        series=fleet.series,
        zones=tuple(
            ZoneRow(zone_id=f"{camera}-zone", placement_id=camera, kind="closed", polygon=WHOLE,
                    crowd_limit=0, active="always")
            for camera in cameras_too
        ),
        documents=tuple(
            _paper(device.device_id, kind) for device in (*sensors, *cameras) for kind in Paper
        )
        if papers
        else (),
        site_keys=tuple(
            SiteKey(key_sha256=key_digest(f"bench-{site.site_id}"), site_id=site.site_id)
            for site in sites
        ),
    )  # fmt: skip


def _site(site_id: str, kind: str) -> Site:
    return Site(
        site_id=site_id, party_id="party", kind=kind, name_zh=site_id, name_en=site_id,
        hours=OpeningHours.daily(0, 1440),
    )  # fmt: skip


def _device(device_id: str, kind: str) -> Device:
    return Device(device_id=device_id, kind=kind, model="benchmark")


def _point(device_id: str, site_id: str) -> Point:
    return Point(
        point_id=device_id, site_id=site_id, place=device_id, name_zh=device_id, name_en=device_id,
        siting_reason="benchmark",
    )  # fmt: skip


def _placement(device_id: str) -> Placement:
    return Placement(placement_id=device_id, device_id=device_id, point_id=device_id)


def _paper(device_id: str, kind: Paper) -> Document:
    return Document(
        document_id=f"{device_id}-{kind.value}", device_id=device_id, kind=kind,
        number=f"{device_id}-{kind.value}", issued_by="benchmark", signed_by="benchmark",
        valid_from_ms=START_MS - YEAR_MS, valid_to_ms=START_MS + YEAR_MS,
        clock_offset_ms=0 if kind is Paper.CLOCK else None,
    )  # fmt: skip
