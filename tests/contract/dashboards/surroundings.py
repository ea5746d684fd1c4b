"""Rows around the alerts: trail, scores, notices, evidence, losses, readings."""

from __future__ import annotations

import hashlib
import json
import math
import random
from datetime import datetime
from pathlib import Path

from detectors.types import digest_id
from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.moments import (
    CAMERA_ALERT,
    DAY,
    MINUTE,
    POOL_ALERT,
    Insert,
    moment,
)


def around(now_ms: int) -> list[Insert]:
    """Audit trail, risk, notices and credit."""
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
                "time": moment(at),
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
                    "time": moment(now_ms - DAY),
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


def sealed(objects: FolderVault, clip: Path | None, now_ms: int) -> list[Insert]:
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
                    "sha256": objects.put(data).sha256,
                    "sm3": "",
                    "size_bytes": len(data),
                    "media_type": kind,
                },
            )
            for role, name, kind, data in things
        ]
    return rows


def losses(now_ms: int) -> list[Insert]:
    """Dead letters, counters and a recording gap."""
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


def readings(now_ms: int) -> list[tuple[datetime, int, float, int]]:
    dice = random.Random(7)
    rows = []
    for minute in range(300):
        time_ms = now_ms - minute * MINUTE
        breach = 1.02 if minute <= 40 else 0.0
        rise = 0.1 + breach * min(1.0, (40 - minute) / 8) if minute <= 40 else 0.1
        chlorine = 0.45 + rise + 0.05 * math.sin(minute / 9) + dice.gauss(0, 0.015)
        if not 52 <= minute <= 59:
            rows.append((moment(time_ms), 1, round(chlorine, 2), 1 if minute == 47 else 0))
        rows.append((moment(time_ms), 2, round(7.4 + dice.gauss(0, 0.03), 2), 0))
        rows.append((moment(time_ms), 3, round(900 + 400 * math.exp(-abs(minute - 65) / 30)), 0))
    return rows
