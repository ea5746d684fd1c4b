"""Owns the authority of the benchmarks: a site for every two devices, a hall of cameras."""

from __future__ import annotations

from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.papers import Document, Paper
from pipelines.registry.write import Device, Party, Register, Site, ZoneRow
from tests.benchmarks.fleet import START_MS, Fleet

YEAR_MS = 365 * 24 * 3600 * 1000
CAMERAS = 120
HALL = "camera-hall"
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def camera_ids() -> list[str]:
    """The cameras, in order."""
    return [f"camera-{i:03d}" for i in range(CAMERAS)]


def register(fleet: Fleet) -> Register:
    """Everything registered, every paper in force: what alerts there are can be evidence."""
    sensors = tuple(_device(device, fleet.site_of[device], "sensor") for device, _ in fleet.devices)
    cameras = tuple(_device(camera, HALL, "camera") for camera in camera_ids())
    digits = "91330702MA2330702"
    party = Party(
        party_id="party", district_id="330702", uscc=digits + uscc.calc_check_digit(digits),
        name_zh="基准测试单位", name_en="Benchmark party", service_email="party@example.invalid",
    )  # fmt: skip
    return Register(
        districts=(("330702", "婺城区", "Wucheng District"),),
        parties=(party,),
        sites=(*(_site(*site) for site in fleet.sites), _site(HALL, "hotel")),
        devices=(*sensors, *cameras),
        series=fleet.series,
        zones=tuple(
            ZoneRow(zone_id=f"{camera}-zone", device_id=camera, kind="closed", polygon=WHOLE,
                    crowd_limit=0, active="always")
            for camera in camera_ids()
        ),
        documents=tuple(
            _paper(device.device_id, kind) for device in (*sensors, *cameras) for kind in Paper
        ),
        officers=(),
    )  # fmt: skip


def _site(site_id: str, kind: str) -> Site:
    return Site(
        site_id=site_id, party_id="party", kind=kind, name_zh=site_id, name_en=site_id,
        hours=OpeningHours.daily(0, 1440), gateway_key=f"bench-{site_id}",
    )  # fmt: skip


def _device(device_id: str, site_id: str, kind: str) -> Device:
    return Device(
        device_id=device_id, site_id=site_id, kind=kind, place=device_id, place_zh=device_id,
        place_en=device_id, model="benchmark", siting_reason="benchmark",
    )  # fmt: skip


def _paper(device_id: str, kind: Paper) -> Document:
    return Document(
        document_id=f"{device_id}-{kind.value}", device_id=device_id, kind=kind,
        number=f"{device_id}-{kind.value}", issued_by="benchmark", valid_from_ms=START_MS - YEAR_MS,
        valid_to_ms=START_MS + YEAR_MS,
        clock_offset_ms=0 if kind is Paper.CLOCK else None,
    )  # fmt: skip
