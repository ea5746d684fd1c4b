"""`vigil capture` as a process over a real database, broker and RTSP server: killed, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.rtsp import RtspServer
from infra.stack import Stack
from infra.stack.processes import Child
from pipelines import topics
from pipelines.footage.parts import part_end_ms
from pipelines.footage.ring import recorded
from pipelines.footage.types import Gap, GapCause
from pipelines.gateways.capture.ledger import Ledger
from pipelines.gateways.capture.types import ClockNote
from pipelines.settings import Settings
from pipelines.store import Database
from tests.contract.capture.test_parts_told import assert_told_once

_ALWAYS = {"spans": [[[0, 1440]]] * 7, "zone": "Asia/Shanghai"}
FILE = """
[[camera]]
id = "pool"
url = "{pool}"

[[camera]]
id = "stall"
url = "{stall}"
"""


@pytest.fixture
def registered(fresh_database_url: str) -> str:
    """A camera at a pool, and one in a toilet."""
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng')")
        connection.execute(
            "INSERT INTO parties VALUES ('p', 'd', '91330702MA0000000X', '馆', 'Pool', '')"
        )
        connection.execute(
            "INSERT INTO sites VALUES ('s', 'p', 'pool', '主馆', 'Hall', %s)", (Jsonb(_ALWAYS),)
        )
        connection.execute(
            "INSERT INTO devices (device_id, kind, model) VALUES ('pool', 'camera', 'C'),"
            " ('stall', 'camera', 'C')"
        )
        connection.execute(
            "INSERT INTO points VALUES"
            " ('s/main', 's', 'main', '', '池', 'Pool', 'fixed', 'law', ''),"
            " ('s/wc', 's', 'wc', 'toilet', '厕', 'Toilet', 'fixed', 'law', '')"
        )
        connection.execute(
            "INSERT INTO placements VALUES ('a', 'pool', 's/main', 0, NULL),"
            " ('b', 'stall', 's/wc', 0, NULL)"
        )
    return fresh_database_url


def process(settings: Settings, cameras: Path, log: Path, password: str) -> Child:
    """A capture node of its own."""
    env = {**os.environ, **settings.as_environment(), "CAMERA_PASSWORD": password}
    argv = [sys.executable, "-m", "pipelines.cli", "capture", "--cameras", str(cameras)]
    child = Child("capture", argv, log=log, env=env, grace_s=20)
    child.start()
    return child


async def grown(folder: Path, by: int) -> None:
    """Waits until the camera has so many parts more."""
    known = len(recorded(folder, "pool"))
    async with asyncio.timeout(40):
        while len(recorded(folder, "pool")) < known + by:  # noqa: ASYNC110  files tell nobody
            await asyncio.sleep(0.1)


async def test_killed_and_stopped_it_accounts_for_the_time_between(
    stack: Stack, registered: str, server: RtspServer, tmp_path: Path
) -> None:
    """AV-18: a node that was killed leaves a gap of power, one that was stopped says so; the
    camera in a forbidden place is not opened at all; no log shows the password. AV-23: every part
    that lies on disk has its row and its leaf.
    """
    stack.broker.create_topics(topics.PARTITIONS)
    settings = Settings(
        bootstrap=stack.bootstrap, database_url=registered, data_dir=tmp_path / "data"
    )
    cameras = tmp_path / "cameras.toml"
    url = server.url("h264").replace("p%40ss%3Aword%2F1", "${CAMERA_PASSWORD}")
    cameras.write_text(FILE.format(pool=url, stall=url))
    said = []
    for turn, ending in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGTERM)):
        child = process(settings, cameras, tmp_path / f"{turn}.log", "p@ss:word/1")
        try:
            await grown(settings.recordings, 3)
            (node,) = psutil.Process(child.pid).children()
            os.kill(node.pid, ending)
            assert await asyncio.to_thread(child.wait, 30) == (
                128 + signal.SIGKILL if ending is signal.SIGKILL else 0
            )
        finally:
            child.stop()
            said.append((tmp_path / f"{turn}.log").read_text())
        await asyncio.sleep(1.0)
    assert all("禁止安装摄像机" in text for text in said)
    assert not any("p%40ss" in text or "p@ss" in text for text in said)
    assert recorded(settings.recordings, "stall") == []
    parts = [(at, part_end_ms(at, path)) for at, path in recorded(settings.recordings, "pool")]
    async with Database(registered) as database:
        gaps = await database.rows("evidence_gaps", camera_id="pool", from_ms=0, to_ms=1 << 60)
    with psycopg.connect(registered) as connection:
        causes = connection.execute("SELECT cause FROM recording_gaps ORDER BY start_ms").fetchall()
        clocks = connection.execute("SELECT offset_ms FROM capture_clocks").fetchall()
    assert_told_once(settings.recordings, registered)
    assert [cause for (cause,) in causes] == ["power", "stopped"]
    assert len(clocks) >= 2
    spans = sorted([*parts, *((gap["start_ms"], gap["end_ms"]) for gap in gaps)])
    for (_, before), (after, _) in pairwise(spans):
        assert before is not None
        assert abs(after - before) <= 42, spans  # a frame, and rounding


async def test_gaps_outlast_a_database_that_is_away(
    fresh_database_url: str, tmp_path: Path
) -> None:
    """AV-18: kept in the camera's folder, told in order once it is back, an outage as one row."""
    away = Database("postgresql://vigil@127.0.0.1:1/vigil?connect_timeout=1", max_size=1)
    ledger = Ledger(tmp_path, "pool", away)
    for start_ms, reason in ((1000, "no answer"), (2000, "no answer"), (3000, "refused")):
        await ledger.gap(
            Gap(
                camera_id="pool", start_ms=start_ms, end_ms=start_ms + 1000, reason=reason,
                cause=GapCause.NETWORK,
            )
        )  # fmt: skip
    note = ClockNote(
        camera_id="pool", stream="main", since_ms=4000, at_ms=5000, offset_ms=-12,
        uncertainty_ms=20, drift_ppm=None,
    )  # fmt: skip
    await ledger.clock(note)
    assert ledger.untold == 4
    async with Database(fresh_database_url) as back:
        for _ in range(2):  # told, and told again after a crash
            again = Ledger(tmp_path, "pool", back)
            kept = (tmp_path / "pool" / "untold.jsonl").read_bytes()
            assert await again.tell()
            assert not (tmp_path / "pool" / "untold.jsonl").exists()
            (tmp_path / "pool" / "untold.jsonl").write_bytes(kept)
        rows = await back.rows("evidence_gaps", camera_id="pool", from_ms=0, to_ms=10_000)
        assert rows == [
            {"start_ms": 1000, "end_ms": 3000, "reason": "no answer"},
            {"start_ms": 3000, "end_ms": 4000, "reason": "refused"},
        ]


async def test_footage_is_pinned_until_the_alert_is_sealed(registered: str) -> None:
    """AV-28: what a seal waits for may not be dropped; what is sealed was copied out."""
    with psycopg.connect(registered, autocommit=True) as connection:
        for number, state in enumerate(("sealing", "open")):
            connection.execute(
                "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
                " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
                " grade_reasons, risk, input_at_ms, stored_at_ms) VALUES (%s, 'r', '1', 'low', 'p',"
                " 's', 'pool', 'main', 50000, 60000, '', '{}', false, %s, 'lead', '[]', 1, 0, 0)",
                (f"alert-{number}", state),
            )
    async with Database(registered) as database:
        rows = await database.rows(
            "footage_pins", camera_ids=["pool", "stall"], before_ms=10_000, after_ms=20_000
        )
    assert rows == [{"camera_id": "pool", "start_ms": 50_000, "end_ms": 80_000, "why": "alert-0"}]
