"""What the rows of the tests' authority share: ids, the moment it is, how a row is given."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from detectors.types import digest_id

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
    "evidentiary_notice",
    "public_sign",
    "published_location",
    "legal_review",
    "technical_review",
    "clock_check",
)

Insert = tuple[str, dict[str, Any]]


def moment(time_ms: int) -> datetime:
    """For columns of type ``timestamptz``."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)
