"""Owns the invented authority of the demo: four parties of one district. Nobody here is real."""

from __future__ import annotations

from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.papers import Document, Paper
from pipelines.registry.write import (
    Device,
    Officer,
    Party,
    Register,
    SeriesRow,
    Site,
    ZoneRow,
)

DAY_MS = 24 * 3600 * 1000
OFFICER = ("officer", "vigil-demo-officer")
"""Sign-in of the demo's officer; the site of the demo listens on the loopback address only."""

WITHOUT_CONSENT = "hotel-co2-corridor"
EXPIRED = "supply-probe"
SENSOR_MODELS = {"pool-probe": "5-in-1 pool probe", "waste-scale": "bag scale with tag reader"}

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
PATH_TO_STORE = ((0.0, 0.32), (0.26, 0.32), (0.26, 0.48), (0.0, 0.48))
LIFEGUARD_STAND = ((0.02, 0.74), (0.18, 0.74), (0.18, 1.0), (0.02, 1.0))


def gateway_key(site_id: str) -> str:
    """The demo's edge gateways have keys anyone can compute: they only reach the demo."""
    return f"demo-key-{site_id}"


def register(day_start_ms: int) -> Register:
    """The register as of a day; papers are dated around it."""
    devices = _devices()
    return Register(
        districts=(("330702", "婺城区", "Wucheng District"),),
        parties=(
            _party("pool", "13307023A", "双溪游泳馆（演示）", "Shuangxi Swimming Pool (demo)"),
            _party("clinic", "13307023B", "城西门诊部（演示）", "West Gate Clinic (demo)"),
            _party("hotel", "13307023C", "江畔宾馆（演示）", "Riverside Hotel (demo)"),
            _party("supply", "13307023D", "新苑二次供水（演示）", "Xinyuan Water Supply (demo)"),
        ),
        sites=(
            _site("pool-hall", party="pool", kind="pool", names=("游泳馆", "Pool hall"),
                  hours=OpeningHours.daily(360, 1320)),
            _site("clinic-main", party="clinic", kind="clinic", names=("门诊楼", "Clinic"),
                  hours=OpeningHours.daily(480, 1200)),
            _site("hotel-main", party="hotel", kind="hotel", names=("主楼", "Main building"),
                  hours=OpeningHours.daily(0, 1440)),
            _site("supply-room", party="supply", kind="water_supply", names=("泵房", "Pump room"),
                  hours=OpeningHours.daily(0, 1440)),
        ),
        devices=devices,
        series=_series(),
        zones=(
            ZoneRow(zone_id="pool-stand", device_id="pool-camera", kind="post",
                    polygon=LIFEGUARD_STAND, crowd_limit=0, active="open"),
            ZoneRow(zone_id="pool-deck", device_id="pool-camera", kind="crowd", polygon=WHOLE,
                    crowd_limit=3, active="always"),
            ZoneRow(zone_id="waste-door", device_id="waste-camera", kind="closed",
                    polygon=PATH_TO_STORE, crowd_limit=0, active="always"),
        ),
        documents=tuple(
            paper for device in devices for paper in _papers(device.device_id, day_start_ms)
        ),
        officers=(
            Officer(officer_id=OFFICER[0], name_zh="王敏（演示）", name_en="Wang Min (demo)",
                    role="officer", password=OFFICER[1]),
            Officer(officer_id="leader", name_zh="李强（演示）", name_en="Li Qiang (demo)",
                    role="leader", password="vigil-demo-leader"),  # noqa: S106  demo only
        ),
    )  # fmt: skip


def _party(party_id: str, seed: str, name_zh: str, name_en: str) -> Party:
    digits = f"91330702MA2{seed[-6:]}"
    return Party(
        party_id=party_id, district_id="330702", uscc=digits + uscc.calc_check_digit(digits),
        name_zh=name_zh, name_en=name_en, service_email=f"{party_id}@example.invalid",
    )  # fmt: skip


def _site(
    site_id: str, *, party: str, kind: str, names: tuple[str, str], hours: OpeningHours
) -> Site:
    return Site(
        site_id=site_id, party_id=party, kind=kind, name_zh=names[0], name_en=names[1],
        hours=hours, gateway_key=gateway_key(site_id),
    )  # fmt: skip


def _devices() -> tuple[Device, ...]:
    rows = (
        ("pool-probe", "pool-hall", "sensor", "pool-main", "主泳池", "Main pool"),
        ("pool-camera", "pool-hall", "camera", "pool-main", "主泳池", "Main pool"),
        ("waste-scale", "clinic-main", "sensor", "waste-room", "医废暂存间", "Waste room"),
        ("waste-camera", "clinic-main", "camera", "waste-room", "医废暂存间", "Waste room"),
        ("vaccine-fridge", "clinic-main", "sensor", "vaccine-store", "疫苗冷库", "Vaccine store"),
        ("hotel-co2-lobby", "hotel-main", "sensor", "lobby", "大堂", "Lobby"),
        (WITHOUT_CONSENT, "hotel-main", "sensor", "corridor", "客房走廊", "Corridor"),
        (EXPIRED, "supply-room", "sensor", "outlet", "出水口", "Outlet"),
    )
    return tuple(
        Device(
            device_id=device_id, site_id=site_id, kind=kind, place=place, place_zh=place_zh,
            place_en=place_en, model=SENSOR_MODELS.get(device_id, f"demo {kind}"),
            siting_reason="representative point, out of splash and sun",
        )
        for device_id, site_id, kind, place, place_zh, place_en in rows
    )  # fmt: skip


def _series() -> tuple[SeriesRow, ...]:
    rows = (
        ("pool-probe", "free_chlorine", "mg/L", 30, 0.01),
        ("pool-probe", "ph", "pH", 30, 0.01),
        ("pool-probe", "turbidity", "NTU", 30, 0.01),
        ("pool-probe", "water_temperature", "°C", 30, 0.1),
        ("pool-probe", "orp", "mV", 30, 1),
        ("waste-scale", "waste_bag_in", "bag", 3600, 1),
        ("waste-scale", "waste_bag_out", "bag", 3600, 1),
        ("vaccine-fridge", "temperature", "°C", 60, 0.1),
        ("hotel-co2-lobby", "co2", "ppm", 60, 1),
        (WITHOUT_CONSENT, "co2", "ppm", 60, 1),
        (EXPIRED, "turbidity", "NTU", 60, 0.01),
        (EXPIRED, "residual_chlorine", "mg/L", 60, 0.01),
        (EXPIRED, "ph", "pH", 60, 0.01),
    )
    return tuple(
        SeriesRow(
            series_id=number, device_id=device_id, quantity=quantity, unit=unit,
            interval_s=interval_s, resolution=resolution,
        )
        for number, (device_id, quantity, unit, interval_s, resolution) in enumerate(rows, 1)
    )  # fmt: skip


def _papers(device_id: str, day_start_ms: int) -> list[Document]:
    papers = []
    for kind in Paper:
        if device_id == WITHOUT_CONSENT and kind is Paper.CONSENT:
            continue
        expired = device_id == EXPIRED and kind is Paper.CERTIFICATE
        until = day_start_ms - 30 * DAY_MS if expired else day_start_ms + 200 * DAY_MS
        papers.append(
            Document(
                document_id=f"{device_id}-{kind.value}",
                device_id=device_id,
                kind=kind,
                number=f"DEMO-{device_id}-{kind.value}".upper(),
                issued_by="demo authority",
                valid_from_ms=day_start_ms - 300 * DAY_MS,
                valid_to_ms=until,
                clock_offset_ms=40 if kind is Paper.CLOCK else None,
            )
        )
    return papers
