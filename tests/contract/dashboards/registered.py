"""Rows of the register: officers, parties, sites, devices, their papers."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher

from tests.contract.dashboards.moments import DAY, PAPERS, PASSWORD, WEEK, Insert


@cache
def password_hash() -> str:
    """Cheap parameters: the tests sign in often."""
    return PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)


def officers() -> list[Insert]:
    """An officer, a reviewer and an analyst, all with ``PASSWORD``."""
    people = [
        ("3301", "陈立", "Chen Li", "officer"),
        ("3302", "周敏", "Zhou Min", "reviewer"),
        ("3390", "吴分析", "Wu Analyst", "analyst"),
    ]
    return [
        (
            "officers",
            {
                "officer_id": i,
                "name_zh": zh,
                "name_en": en,
                "role": role,
                "password_hash": password_hash(),
            },
        )
        for i, zh, en, role in people
    ]


def register(now_ms: int) -> list[Insert]:
    """Four parties; the camera lacks its consent, the hotel's certificate has expired."""
    rows: list[Insert] = [
        ("districts", {"district_id": "330702", "name_zh": "婺城区", "name_en": "Wucheng"})
    ]
    parties = [
        (
            "pool",
            "91330702MA2E00001A",
            "金华清波游泳健身有限公司",
            "Jinhua Qingbo Swimming Co.",
            "pool",
            "清波游泳馆",
            "Qingbo pool hall",
        ),
        (
            "clinic",
            "91330702MA2E00002B",
            "婺城新安门诊部",
            "Wucheng Xin'an Clinic",
            "clinic",
            "医疗废物暂存间",
            "Medical waste room",
        ),
        (
            "hotel",
            "91330702MA2E00003C",
            "金华江滨大酒店",
            "Jinhua Riverside Hotel",
            "hotel",
            "客房楼",
            "Guest building",
        ),
        (
            "supply",
            "91330702MA2E00004D",
            "丹溪二次供水站",
            "Danxi Secondary Supply",
            "secondary_supply",
            "丹溪泵房",
            "Danxi pump house",
        ),
    ]
    for party, uscc, zh, en, kind, site_zh, site_en in parties:
        rows.append(
            (
                "parties",
                {
                    "party_id": party,
                    "district_id": "330702",
                    "uscc": uscc,
                    "name_zh": zh,
                    "name_en": en,
                    "service_email": f"{party}@example.org",
                },
            )
        )
        rows.append(
            (
                "sites",
                {
                    "site_id": f"{party}-1",
                    "party_id": party,
                    "kind": kind,
                    "name_zh": site_zh,
                    "name_en": site_en,
                    "hours": WEEK,
                },
            )
        )
    devices = [
        ("pool-probe-1", "pool-1", "sensor", "main", "主池循环回水口", "Main pool return"),
        ("cam-pool-1", "pool-1", "camera", "stand", "救生员看台", "Lifeguard stand"),
        ("clinic-scale-1", "clinic-1", "sensor", "waste", "暂存间门口", "Waste room door"),
        ("hotel-co2-1", "hotel-1", "sensor", "lobby", "大堂", "Lobby"),
        ("supply-probe-1", "supply-1", "sensor", "outlet", "出水总管", "Outlet main"),
    ]
    for number, (device, site, kind, place, zh, en) in enumerate(devices):
        rows.append(
            (
                "devices",
                {
                    "device_id": device,
                    "kind": kind,
                    "model": "DCT-3000",
                },
            )
        )
        rows.append(
            (
                "points",
                {
                    "point_id": device,
                    "site_id": site,
                    "place": place,
                    "kind": "",
                    "name_zh": zh,
                    "name_en": en,
                    "mounting": "fixed",
                    "siting_reason": "水质与人员安全关键点位",
                    "published_location": zh,
                },
            )
        )
        rows.append(
            (
                "placements",
                {"placement_id": device, "device_id": device, "point_id": device, "from_ms": 0},
            )
        )
        rows += [paper for kind in PAPERS if (paper := _paper(device, kind, number, now_ms))]
    series = [
        (1, "pool-probe-1", "free_chlorine", "mg/L", 60),
        (2, "pool-probe-1", "ph", "pH", 60),
        (3, "hotel-co2-1", "co2", "ppm", 60),
        (4, "supply-probe-1", "residual_chlorine", "mg/L", 60),
    ]
    return rows + [
        (
            "series",
            {
                "series_id": i,
                "placement_id": d,
                "quantity": q,
                "unit": u,
                "interval_s": s,
                "resolution": 0.01,
            },
        )
        for i, d, q, u, s in series
    ]


def _paper(device: str, kind: str, number: int, now_ms: int) -> Insert | None:
    if device == "cam-pool-1" and kind == "installation_consent":
        return None
    expired = device == "hotel-co2-1" and kind == "verification_certificate"
    return (
        "documents",
        {
            "document_id": f"{device}-{kind}",
            "device_id": device,
            "kind": kind,
            "number": f"浙金检 2026-{number:02d}{PAPERS.index(kind)}",
            "issued_by": "金华市计量检定所",
            "valid_from_ms": now_ms - 400 * DAY,
            "valid_to_ms": now_ms - 30 * DAY if expired else now_ms + 200 * DAY,
            "clock_offset_ms": 120 if kind == "clock_check" else None,
        },
    )
