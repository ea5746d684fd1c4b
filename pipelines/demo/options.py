"""Owns what the demo's command line says, and what may lie in its folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from pipelines.settings import DEMO_ENV

OURS = frozenset(
    {"custody", "data", "exports", "logs", "mosquitto", "rtsp", "stack", "tsa", DEMO_ENV.name}
)
"""What a run leaves in its folder, and the next one deletes."""


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    once: bool = False
    report: Path | None = None
    readings: Path | None = None
    video: str | None = None
    pace: float = 2.0
    workdir: Path = Path("build/demo")
    web_port: int = 0


def strangers(workdir: Path) -> list[str]:
    """Names in a demo's folder that are not a demo's: it would delete them."""
    return sorted({path.name for path in workdir.glob("*")} - OURS)


def yesterday_ms() -> int:
    """Midnight in Shanghai a day ago: the demo's day lies wholly in the past."""
    zone = ZoneInfo("Asia/Shanghai")
    today = dt.datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today - dt.timedelta(days=1)).timestamp() * 1000)
