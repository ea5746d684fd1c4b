"""Owns the invented authority of the demo: four parties of one district. Nobody here is real."""

from __future__ import annotations

from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.kinds import ALWAYS_WANTED
from pipelines.registry.papers import Document, Paper, Placement
from pipelines.registry.types import (
    Contract,
    DeliveryAddress,
    Device,
    DeviceKey,
    District,
    Hj212Station,
    Officer,
    Participation,
    Party,
    Point,
    Register,
    SeriesRow,
    Site,
    SiteKey,
    ZoneRow,
)
from pipelines.registry.write import key_digest

DAY_MS = 24 * 3600 * 1000
OFFICER = ("officer", "vigil-demo-officer")
"""Sign-in of the demo's officer; the site of the demo listens on the loopback address only."""
REVIEWER = ("reviewer", "vigil-demo-reviewer")
"""Sign-in of the one who makes the legal review of evidence: another person must."""
LEADER = ("leader", "vigil-demo-leader")
"""Sign-in of the one who approves what others ask for."""
ARCHIVIST = ("archivist", "vigil-demo-archivist")
"""Sign-in of the one who keeps recordings and proposes what may go."""

WITHOUT_CONSENT = "hotel-co2-corridor"
EXPIRED = "supply-probe"
SENSOR_MODELS = {
    "pool-probe": "5-in-1 pool probe",
    "waste-scale": "bag scale with tag reader",
    "vaccine-fridge": "probe with door contact",
    "steriliser": "prevacuum steriliser",
}

DEVICES = (
    ("pool-probe", "sensor", "pool-hall", "pool-main"),
    ("pool-camera", "camera", "pool-hall", "pool-main"),
    ("waste-scale", "sensor", "clinic-main", "waste-room"),
    ("waste-camera", "camera", "clinic-main", "waste-room"),
    ("entrance-camera", "camera", "clinic-main", "entrance"),
    ("lobby-camera", "camera", "hotel-main", "lobby"),
    ("vaccine-fridge", "sensor", "clinic-main", "vaccine-store"),
    ("hotel-co2-lobby", "sensor", "hotel-main", "lobby"),
    (WITHOUT_CONSENT, "sensor", "hotel-main", "corridor"),
    (EXPIRED, "sensor", "supply-room", "outlet"),
    ("steriliser", "sensor", "clinic-main", "sterilising"),
)
"""Device, its kind, its site and place."""
STATION = ("33070200000001A0DEMO0001", "123456")
"""The station number (MN) and password under which the water supply's probe speaks HJ 212."""

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
PATH_TO_STORE = ((0.0, 0.32), (0.26, 0.32), (0.26, 0.48), (0.0, 0.48))
LIFEGUARD_STAND = ((0.02, 0.74), (0.18, 0.74), (0.18, 1.0), (0.02, 1.0))


def gateway_key(site_id: str) -> str:
    """The demo's edge gateways have keys anyone can compute: they only reach the demo."""
    return f"demo-key-{site_id}"


def device_key(device_id: str) -> str:
    """And so have its devices."""
    return f"demo-device-key-{device_id}"


def register(day_start_ms: int) -> Register:
    """The register as of a day; papers are dated around it."""
    devices, from_ms = _devices(), day_start_ms - 300 * DAY_MS
    parties = (
        _party("pool", "13307023A", "双溪游泳馆（演示）", "Shuangxi Swimming Pool (demo)"),
        _party("clinic", "13307023B", "城西门诊部（演示）", "West Gate Clinic (demo)"),
        _party("hotel", "13307023C", "江畔宾馆（演示）", "Riverside Hotel (demo)"),
        _party("supply", "13307023D", "新苑二次供水（演示）", "Xinyuan Water Supply (demo)"),
    )
    sites = (
        _site("pool-hall", party="pool", kind="pool", names=("游泳馆", "Pool hall"),
              hours=OpeningHours.daily(360, 1320)),
        _site("clinic-main", party="clinic", kind="clinic", names=("门诊楼", "Clinic"),
              hours=OpeningHours.daily(480, 1200)),
        _site("hotel-main", party="hotel", kind="hotel", names=("主楼", "Main building"),
              hours=OpeningHours.daily(0, 1440)),
        _site("supply-room", party="supply", kind="secondary_supply", names=("泵房", "Pump room"),
              hours=OpeningHours.daily(0, 1440)),
    )  # fmt: skip
    return Register(
        districts=(District(district_id="330702", name_zh="婺城区", name_en="Wucheng District"),),
        parties=parties,
        participations=_participations(parties, from_ms),
        delivery_addresses=_addresses(parties, from_ms),
        sites=sites,
        points=_points(),
        contracts=(_contract(from_ms),),
        devices=devices,
        placements=tuple(
            Placement(
                placement_id=device_id, device_id=device_id, point_id=f"{site_id}/{place}",
                from_ms=from_ms,
            )
            for device_id, _, site_id, place in DEVICES
        ),
        series=_series(),
        zones=_zones(),
        documents=tuple(
            paper for device in devices for paper in _papers(device.device_id, day_start_ms)
        ),
        site_keys=tuple(
            SiteKey(key_sha256=key_digest(gateway_key(site.site_id)), site_id=site.site_id)
            for site in sites
        ),
        device_keys=tuple(
            DeviceKey(
                key_sha256=key_digest(device_key(device.device_id)), device_id=device.device_id
            )
            for device in devices
            if device.kind == "sensor"
        ),
        hj212_stations=(
            Hj212Station(
                mn=STATION[0], password_sha256=key_digest(STATION[1]), device_id=EXPIRED,
                valid_from_ms=from_ms,
            ),
        ),
        officers=_officers(),
    )  # fmt: skip


def _party(party_id: str, seed: str, name_zh: str, name_en: str) -> Party:
    digits = f"91330702MA2{seed[-6:]}"
    return Party(
        party_id=party_id, district_id="330702", uscc=digits + uscc.calc_check_digit(digits),
        name_zh=name_zh, name_en=name_en, service_email=f"{party_id}@example.invalid",
    )  # fmt: skip


def _participations(parties: tuple[Party, ...], from_ms: int) -> tuple[Participation, ...]:
    return tuple(
        Participation(
            participation_id=f"{party.party_id}-{kind}", party_id=party.party_id, kind=kind,
            number=f"DEMO-{party.party_id}-{kind}".upper(), valid_from_ms=from_ms,
        )
        for party in parties
        for kind in ("device", "self_supervision")
    )  # fmt: skip


def _addresses(parties: tuple[Party, ...], from_ms: int) -> tuple[DeliveryAddress, ...]:
    return tuple(
        DeliveryAddress(
            delivery_id=f"{party.party_id}-email", party_id=party.party_id, method="email",
            address=party.service_email, signed_by=f"{party.name_zh}负责人", signed_ms=from_ms,
            valid_from_ms=from_ms,
        )
        for party in parties
    )  # fmt: skip


def _site(
    site_id: str, *, party: str, kind: str, names: tuple[str, str], hours: OpeningHours
) -> Site:
    return Site(
        site_id=site_id, party_id=party, kind=kind, name_zh=names[0], name_en=names[1],
        hours=hours,
    )  # fmt: skip


def _points() -> tuple[Point, ...]:
    rows = (
        ("pool-hall", "pool-main", "", "主泳池", "Main pool"),
        ("clinic-main", "waste-room", "waste_room", "医废暂存间", "Waste room"),
        ("clinic-main", "entrance", "", "门诊入口", "Entrance"),
        ("clinic-main", "vaccine-store", "vaccine_cold_store", "疫苗冷库", "Vaccine store"),
        ("clinic-main", "sterilising", "sterilising_room", "消毒供应室", "Sterilising room"),
        ("hotel-main", "lobby", "", "大堂", "Lobby"),
        ("hotel-main", "corridor", "", "客房走廊", "Corridor"),
        ("supply-room", "outlet", "", "出水口", "Outlet"),
    )
    return tuple(
        Point(
            point_id=f"{site_id}/{place}", site_id=site_id, place=place, kind=kind,
            name_zh=name_zh, name_en=name_en, mounting="fixed",
            siting_reason="representative point, out of splash and sun",
            published_location=f"{name_zh}（演示公示）",
        )
        for site_id, place, kind, name_zh, name_en in rows
    )  # fmt: skip


def _contract(from_ms: int) -> Contract:
    return Contract(
        contract_id="demo-vendor", vendor="演示设备公司", number="DEMO-CONTRACT-1",
        confidentiality_agreement="DEMO-NDA-1", data_security_duty="合同第七条（演示）",
        intellectual_property="合同第八条（演示）", maintenance_duty="合同第九条（演示）",
        valid_from_ms=from_ms,
    )  # fmt: skip


def _devices() -> tuple[Device, ...]:
    return tuple(
        Device(
            device_id=device_id, kind=kind, model=SENSOR_MODELS.get(device_id, f"demo {kind}"),
            standard="HJ 212-2017" if device_id == EXPIRED else "", contract_id="demo-vendor",
            custodian=OFFICER[0],
            capabilities=ALWAYS_WANTED if kind == "camera" else (),
        )
        for device_id, kind, _, _ in DEVICES
    )  # fmt: skip


def _zones() -> tuple[ZoneRow, ...]:
    return (
        ZoneRow(zone_id="pool-stand", placement_id="pool-camera", kind="post",
                polygon=LIFEGUARD_STAND, crowd_limit=0, active="open"),
        ZoneRow(zone_id="pool-deck", placement_id="pool-camera", kind="crowd", polygon=WHOLE,
                crowd_limit=3, active="always"),
        ZoneRow(zone_id="waste-door", placement_id="waste-camera", kind="closed",
                polygon=PATH_TO_STORE, crowd_limit=0, active="always"),
        ZoneRow(zone_id="waste-outside", placement_id="waste-camera", kind="waste",
                polygon=WHOLE, crowd_limit=0, active="always"),
        ZoneRow(zone_id="lobby", placement_id="lobby-camera", kind="crowd", polygon=WHOLE,
                crowd_limit=3, active="always"),
    )  # fmt: skip


def _officers() -> tuple[Officer, ...]:
    return (
        Officer(officer_id=OFFICER[0], name_zh="王敏（演示）", name_en="Wang Min (demo)",
                role="officer", password=OFFICER[1]),
        Officer(officer_id=REVIEWER[0], name_zh="赵岚（演示）", name_en="Zhao Lan (demo)",
                role="reviewer", password=REVIEWER[1]),
        Officer(officer_id=LEADER[0], name_zh="李强（演示）", name_en="Li Qiang (demo)",
                role="leader", password=LEADER[1]),
        Officer(officer_id=ARCHIVIST[0], name_zh="陈静（演示）", name_en="Chen Jing (demo)",
                role="archivist", password=ARCHIVIST[1]),
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
        ("waste-scale", "waste_weight_in", "kg", 3600, 0.1),
        ("waste-scale", "waste_weight_out", "kg", 3600, 0.1),
        ("waste-scale", "waste_weight_stock", "kg", 86400, 0.1),
        ("vaccine-fridge", "door_open", "1", 60, 1),
        ("steriliser", "steriliser_temperature", "°C", 1, 0.1),
        ("steriliser", "steriliser_pressure", "kPa", 1, 0.1),
    )
    return tuple(
        SeriesRow(
            series_id=number, placement_id=device_id, quantity=quantity, unit=unit,
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
                signed_by="现场负责人（演示）" if kind is Paper.CONSENT else "",
                valid_from_ms=day_start_ms - 300 * DAY_MS,
                valid_to_ms=until,
                clock_offset_ms=40 if kind is Paper.CLOCK else None,
            )
        )
    return papers
