"""A believable authority for the dashboards' tests: parties, devices, readings, alerts, evidence."""

from __future__ import annotations

import hashlib
import json
import math
import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from argon2 import PasswordHasher

from detectors.types import Phase, Signal, digest_id
from pipelines.evidence.objects import ObjectStore

NOW_MS = 1_780_281_600_000  # 2026-06-01 10:40 in Shanghai
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PASSWORD = "correct horse battery"
POOL_ALERT = digest_id("pool")
CAMERA_ALERT = digest_id("camera")
SEALING_ALERT = digest_id("sealing")
STAGED_ALERT = digest_id("staged")
WEEK = json.dumps({"spans": [[[360, 1320]]] * 7, "zone": "Asia/Shanghai"})
PAPERS = (
    "verification_certificate",
    "installation_consent",
    "public_notice",
    "legal_review",
    "technical_review",
    "clock_check",
)

Insert = tuple[str, dict[str, Any]]


@cache
def password_hash() -> str:
    """Cheap parameters: the tests sign in often."""
    return PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)


def authority(
    url: str, objects: ObjectStore, *, clip: Path | None = None, now_ms: int = NOW_MS
) -> None:
    """Fills an empty, migrated database; ``clip`` is the camera alert's video."""
    inserts = [
        *_officers(),
        *_register(now_ms),
        *_alerts(now_ms),
        *_around(now_ms),
        *_sealed(objects, clip, now_ms),
        *_losses(now_ms),
    ]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, row in inserts:
            names = ", ".join(row)
            holes = ", ".join(f"%({name})s" for name in row)
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({holes})".encode(), row)  # noqa: S608
        cursor.executemany(
            "INSERT INTO readings (time, series_id, value, flag) VALUES (%s, %s, %s, %s)",
            list(_readings(now_ms)),
        )
        cursor.executemany(
            "INSERT INTO observations (time, camera_id, people, brightness, contrast, sharpness,"
            " frame_sha256) VALUES (%s, 'cam-pool-1', %s, 118, 41, 900, 'f')",
            [(_at(now_ms - n * 10_000), 3 + n % 4) for n in range(120)],
        )


def insert_case(url: str) -> None:
    """A case of the pool's alert that the case system may answer."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms)"
            " VALUES ('case-1', %s, 'pool', 'x', 'acknowledged', %s)",
            (POOL_ALERT, NOW_MS),
        )


def _at(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _officers() -> list[Insert]:
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


def _register(now_ms: int) -> list[Insert]:
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
            "water_supply",
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
                    "gateway_key_sha256": hashlib.sha256(party.encode()).hexdigest(),
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
                    "site_id": site,
                    "kind": kind,
                    "place": place,
                    "place_zh": zh,
                    "place_en": en,
                    "model": "DCT-3000",
                    "siting_reason": "水质与人员安全关键点位",
                },
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
                "device_id": d,
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


def _alerts(now_ms: int) -> list[Insert]:
    def alert(  # noqa: PLR0917
        alert_id: str,
        rule: str,
        severity: str,
        party: str,
        device: str,
        place: str,
        ago_min: int,
        lasted_min: int,
        **more: Any,
    ) -> Insert:
        detected = now_ms - ago_min * MINUTE
        row = {
            "alert_id": alert_id,
            "rule_id": rule,
            "rule_version": "1",
            "severity": severity,
            "party_id": party,
            "site_id": f"{party}-1",
            "device_id": device,
            "place": place,
            "series_id": None,
            "start_ms": detected - lasted_min * MINUTE,
            "detected_ms": detected,
            "end_ms": None,
            "unit": "",
            "value": None,
            "low": None,
            "high": None,
            "inputs": "{}",
            "staged": False,
            "state": "open",
            "grade": "evidence",
            "grade_reasons": "[]",
            "risk": 50.0,
            "input_at_ms": detected + 400,
            "stored_at_ms": detected + 900,
        }
        return ("alerts", row | more)

    chlorine: dict[str, Any] = {
        "series_id": 1,
        "unit": "mg/L",
        "value": 1.62,
        "low": 0.3,
        "high": 1.0,
        "risk": 82.4,
        "inputs": json.dumps(
            {"median": 1.62, "window_readings": 15, "bad_for_s": 900, "bad_windows": 16}
        ),
    }
    rows = [
        alert(
            POOL_ALERT,
            "pool-free-chlorine",
            "high",
            "pool",
            "pool-probe-1",
            "main",
            22,
            15,
            **chlorine,
        ),
        alert(
            CAMERA_ALERT,
            "post-unattended",
            "high",
            "pool",
            "cam-pool-1",
            "stand",
            9,
            3,
            grade="lead",
            grade_reasons='["missing:installation_consent"]',
            risk=71.0,
            unit="s",
            value=184.0,
            high=60.0,
            end_ms=now_ms - 8 * MINUTE,
            inputs=json.dumps({"unattended_s": 184.0, "limit_s": 60.0}),
        ),
        alert(
            digest_id("waste"),
            "waste-kept-48h",
            "critical",
            "clinic",
            "clinic-scale-1",
            "waste",
            140,
            10,
            risk=91.0,
            unit="h",
            value=52.5,
            high=48.0,
        ),
        alert(
            digest_id("co2"),
            "hotel-co2",
            "medium",
            "hotel",
            "hotel-co2-1",
            "lobby",
            65,
            30,
            series_id=3,
            grade="lead",
            grade_reasons='["expired:verification_certificate"]',
            risk=38.0,
            unit="ppm",
            value=1320.0,
            high=1000.0,
            state="acknowledged",
        ),
        alert(
            digest_id("silent"),
            "sensor-silent",
            "low",
            "supply",
            "supply-probe-1",
            "outlet",
            300,
            20,
            series_id=4,
            risk=18.0,
            unit="s",
            value=1260.0,
        ),
        alert(
            digest_id("ph"),
            "pool-ph",
            "medium",
            "pool",
            "pool-probe-1",
            "main",
            1500,
            15,
            series_id=2,
            unit="pH",
            value=8.1,
            low=7.0,
            high=7.8,
            risk=44.0,
            state="dismissed",
            end_ms=now_ms - 1400 * MINUTE,
        ),
        alert(
            SEALING_ALERT,
            "pool-orp",
            "medium",
            "pool",
            "pool-probe-1",
            "main",
            1,
            1,
            state="sealing",
        ),
        alert(
            STAGED_ALERT, "area-crowded", "low", "pool", "cam-pool-1", "stand", 5, 1, staged=True
        ),
    ]
    return [*rows, _signal(rows[0][1])]


def _signal(alert: dict[str, Any]) -> Insert:
    """The signal that made the pool's alert, so that its arithmetic can be told."""
    inputs = {"median": 1.62, "window_readings": 15.0, "bad_for_s": 900.0, "bad_windows": 16.0}
    signal = Signal(
        phase=Phase.OPENED,
        subject=alert["device_id"],
        at_ms=alert["detected_ms"],
        inputs=inputs,
        **{
            k: alert[k]
            for k in (
                "rule_id",
                "rule_version",
                "severity",
                "party_id",
                "site_id",
                "place",
                "start_ms",
                "unit",
                "value",
                "low",
                "high",
                "series_id",
            )
        },
    )
    body = msgspec.json.encode(signal).decode()
    return (
        "signals",
        {
            "signal_id": signal.signal_id,
            "spell_id": alert["alert_id"],
            "phase": "opened",
            "rule_id": signal.rule_id,
            "at_ms": signal.at_ms,
            "body": body,
        },
    )


def _around(now_ms: int) -> list[Insert]:
    at = now_ms - 22 * MINUTE
    rows: list[Insert] = [
        (
            "alert_events",
            {
                "event_id": digest_id(POOL_ALERT, "detected"),
                "alert_id": POOL_ALERT,
                "at_ms": at,
                "actor": "vigil",
                "action": "detected",
            },
        ),
        (
            "alert_events",
            {
                "event_id": digest_id(POOL_ALERT, "sealed"),
                "alert_id": POOL_ALERT,
                "at_ms": at + 31_000,
                "actor": "vigil",
                "action": "sealed",
            },
        ),
        (
            "risk_scores",
            {
                "time": _at(at),
                "party_id": "pool",
                "site_id": "pool-1",
                "alert_id": POOL_ALERT,
                "score": 82.4,
                "model_version": "risk-1",
                "contributions": json.dumps(
                    {"severity": 45.0, "excess": 21.4, "site_kind": 10.0, "repeat": 6.0}
                ),
            },
        ),
        (
            "notices",
            {
                "notice_id": "n1",
                "alert_id": POOL_ALERT,
                "party_id": "pool",
                "channel": "file",
                "recipient": "pool@example.org",
                "subject": "游泳池水游离性余氯超出限值",
                "body": "…",
                "state": "sent",
                "attempts": 1,
                "queued_ms": at + 31_000,
                "sent_ms": at + 32_000,
            },
        ),
        (
            "notices",
            {
                "notice_id": "n2",
                "alert_id": CAMERA_ALERT,
                "party_id": "pool",
                "channel": "email",
                "recipient": "pool@example.org",
                "subject": "岗位无人",
                "body": "…",
                "state": "failed",
                "attempts": 6,
                "error": "550 mailbox unavailable",
                "queued_ms": now_ms - 8 * MINUTE,
            },
        ),
    ]
    for party, score, grade in (("pool", 86.5, "B"), ("clinic", 71.0, "C"), ("supply", 98.0, "A")):
        rows.append(
            (
                "credit_scores",
                {
                    "time": _at(now_ms - DAY),
                    "party_id": party,
                    "cause": "opening",
                    "score": score,
                    "grade": grade,
                    "model_version": "credit-1",
                    "contributions": json.dumps({"base": 100.0, "history": score - 100.0}),
                },
            )
        )
    return rows


def _sealed(objects: ObjectStore, clip: Path | None, now_ms: int) -> list[Insert]:
    held = {
        POOL_ALERT: [
            ("readings", "readings.csv", "text/csv", b"time_ms,value\n1,1.62\n"),
            ("raw", "raw/000001.bin", "application/octet-stream", bytes(range(256))),
        ],
        CAMERA_ALERT: [("explanation", "explanation.html", "text/html", b"<script>1</script>")],
    }
    if clip is not None:
        held[CAMERA_ALERT].append(("clip", "clip.mp4", "video/mp4", clip.read_bytes()))
    rows: list[Insert] = []
    for alert_id, things in held.items():
        manifest = f"manifest of {alert_id}".encode()
        evidence_id = digest_id(alert_id, "evidence")
        rows.append(
            (
                "evidence",
                {
                    "evidence_id": evidence_id,
                    "alert_id": alert_id,
                    "manifest": manifest,
                    "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
                    "signature": b"s" * 64,
                    "key_id": "ed25519:5f2c9a",
                    "sealed_at_ms": now_ms - 8 * MINUTE,
                },
            )
        )
        rows += [
            (
                "evidence_objects",
                {
                    "evidence_id": evidence_id,
                    "role": role,
                    "name": name,
                    "sha256": objects.put(data),
                    "size_bytes": len(data),
                    "media_type": kind,
                },
            )
            for role, name, kind, data in things
        ]
    return rows


def _losses(now_ms: int) -> list[Insert]:
    return [
        (
            "dead_letters",
            {
                "dead_letter_id": f"d{n}",
                "topic": "readings",
                "partition": 1,
                "message_offset": 40 + n,
                "reason": reason,
                "detail": detail,
                "original": b"\x00\xff",
                "at_ms": now_ms - n * MINUTE,
            },
        )
        for n, (reason, detail) in enumerate(
            [
                ("undecodable", "MessagePack data is truncated"),
                ("unknown_device", "no device pool-probe-9 at this gateway"),
                ("undecodable", "<script>alert(1)</script>"),
            ]
        )
    ] + [
        ("counters", {"name": "readings_late", "value": 37}),
        ("counters", {"name": "messages_duplicate", "value": 12}),
        ("counters", {"name": "readings_stored", "value": 8642}),
        (
            "recording_gaps",
            {
                "camera_id": "cam-pool-1",
                "start_ms": now_ms - 11 * MINUTE,
                "end_ms": now_ms - 11 * MINUTE + 4000,
                "reason": "lost",
            },
        ),
    ]


def _readings(now_ms: int) -> list[tuple[datetime, int, float, int]]:
    dice = random.Random(7)
    rows = []
    for minute in range(300):
        time_ms = now_ms - minute * MINUTE
        breach = 1.02 if minute <= 40 else 0.0
        rise = 0.1 + breach * min(1.0, (40 - minute) / 8) if minute <= 40 else 0.1
        chlorine = 0.45 + rise + 0.05 * math.sin(minute / 9) + dice.gauss(0, 0.015)
        if not 52 <= minute <= 59:
            rows.append((_at(time_ms), 1, round(chlorine, 2), 1 if minute == 47 else 0))
        rows.append((_at(time_ms), 2, round(7.4 + dice.gauss(0, 0.03), 2), 0))
        rows.append((_at(time_ms), 3, round(900 + 400 * math.exp(-abs(minute - 65) / 30)), 0))
    return rows
