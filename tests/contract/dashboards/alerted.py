"""Rows of alerts in every state, and the signal behind one of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from detectors.types import Phase, Signal, digest_id
from tests.contract.dashboards.moments import (
    CAMERA_ALERT,
    MINUTE,
    POOL_ALERT,
    SEALING_ALERT,
    STAGED_ALERT,
    Insert,
)


def alerts(now_ms: int) -> list[Insert]:
    """Five that wait, one dismissed, one being sealed, one staged."""

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
            "alert_id": alert["alert_id"],
            "phase": "opened",
            "rule_id": signal.rule_id,
            "at_ms": signal.at_ms,
            "body": body,
        },
    )
