"""Every part on disk has one row and one leaf with its digest, whatever befell node or database."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psycopg

from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.ring import recorded
from pipelines.footage.types import Gap, Part
from pipelines.gateways.capture.ledger import Ledger
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, decode
from tests.contract.capture import recording_node

T0 = 1_772_294_400_000
AWAY = "postgresql://vigil@127.0.0.1:1/vigil?connect_timeout=1"


def digests(folder: Path) -> dict[int, str]:
    """Start and digest of every part as it lies on disk."""
    parts = recorded(folder, "pool")
    return {at: hashlib.sha256(path.read_bytes()).hexdigest() for at, path in parts}


def told(url: str) -> tuple[Counter[tuple[int, str]], list[Leaf]]:
    """Start and digest of every row, and all leaves, in the order they were asked for."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT start_ms, sha256 FROM recording_parts").fetchall()
        waiting = connection.execute("SELECT leaves FROM log_pending ORDER BY pending_id")
        leaves = [leaf for (packed,) in waiting.fetchall() for leaf in decode(bytes(packed))]
    return Counter((at, sha256) for at, sha256 in rows), leaves


def assert_told_once(folder: Path, url: str) -> list[Leaf]:
    """What is on disk is what is told."""
    lying = digests(folder)
    rows, leaves = told(url)
    assert rows == Counter(lying.items())
    assert {leaf.kind for leaf in leaves} == {Kind.RECORDING_PART}
    said = Counter((leaf.body["start_ms"], leaf.subject) for leaf in leaves)
    assert said == Counter(lying.items())
    return leaves


def record(film: Path, folder: Path, *, start_ms: int, seconds: float) -> list[Part]:
    """Closes parts of a film and tells nobody."""
    recorder, events = Recorder(folder, camera_id="pool"), list[Part | Gap]()
    with open_video(str(film)) as video:
        for packet in video.packets():
            if not isinstance(packet, VideoPacket) or packet.time_s > seconds:
                break
            events += recorder.feed(packet, start_ms + packet.time_s * 1000)
    return [event for event in [*events, *recorder.close()] if isinstance(event, Part)]


async def test_killed_at_any_moment_every_part_is_told_once(
    films: dict[str, Path], fresh_database_url: str, tmp_path: Path
) -> None:
    """AV-23, AV-35: killed with ``kill -9`` between closing parts and telling of them, a node's
    next run tells what the last one could not, in the log as in the rows, and nothing twice.
    """
    chance, left = random.Random(2026), list[int]()
    argv = [sys.executable, "-m", recording_node.__name__, str(films["h264"]), str(tmp_path)]
    for turn in range(5):
        begin = len(recorded(tmp_path, "pool"))
        start_ms = T0 + turn * 3_600_000
        node = subprocess.Popen([*argv, fresh_database_url, str(start_ms)])  # noqa: ASYNC220
        if turn == 4:
            assert await asyncio.to_thread(node.wait, 120) == 0
            break
        async with asyncio.timeout(60):
            while len(recorded(tmp_path, "pool")) < begin + 3:  # noqa: ASYNC110  files tell nobody
                await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0, 1.5))
        os.kill(node.pid, signal.SIGKILL)
        await asyncio.to_thread(node.wait, 60)
        rows, _ = told(fresh_database_url)
        left.append(len(recorded(tmp_path, "pool")) - rows.total())
    assert sum(one > 0 for one in left) >= 2, left  # the kills did fall between
    leaves = assert_told_once(tmp_path, fresh_database_url)
    assert len(leaves) > 100


async def test_parts_closed_and_never_told_are_found(
    films: dict[str, Path], fresh_database_url: str, tmp_path: Path
) -> None:
    """Also where the spool was lost with them; what is known already is left alone."""
    first = record(films["h264"], tmp_path, start_ms=T0, seconds=6)
    async with Database(fresh_database_url) as database:
        ledger = Ledger(tmp_path, "pool", database, now_ms=lambda: T0)
        for part in first[::2]:
            await ledger.part(part)
        assert await ledger.tell()
        assert await ledger.take_stock() == len(first) - len(first[::2])
        assert await ledger.tell()
        assert await ledger.take_stock() == 0
        spans = await database.rows(
            "custody_parts", camera_id="pool", from_ms=T0, to_ms=T0 + 10_000
        )
    assert_told_once(tmp_path, fresh_database_url)
    assert [(s["start_ms"], s["end_ms"], s["sha256"], s["size_bytes"]) for s in spans] == [
        (part.start_ms, part.end_ms, part.sha256, part.size_bytes) for part in first
    ]


async def test_parts_wait_in_order_while_the_database_is_away(
    films: dict[str, Path], fresh_database_url: str, tmp_path: Path
) -> None:
    """AV-18, AV-23: told on disk in order with the gaps between, over a restart of the node; told
    again after a crash that lost the mark, they are in the log once.
    """
    parts = record(films["h264"], tmp_path, start_ms=T0, seconds=8)
    async with asyncio.timeout(60):
        away = Ledger(tmp_path, "pool", Database(AWAY, max_size=1))
        for part in parts[:5]:
            await away.part(part)
        await away.gap(Gap(camera_id="pool", start_ms=1, end_ms=2, reason="between"))
        again = Ledger(tmp_path, "pool", Database(AWAY, max_size=1))
        assert again.untold == 6
        for part in parts[5:]:
            await again.part(part)
    kept = (tmp_path / "pool" / "untold.jsonl").read_bytes()
    assert len(kept.splitlines()) == len(parts) + 1
    async with Database(fresh_database_url) as back:
        for _ in range(2):
            (tmp_path / "pool" / "untold.jsonl").write_bytes(kept)
            assert await Ledger(tmp_path, "pool", back).tell()
        gaps = await back.rows("evidence_gaps", camera_id="pool", from_ms=0, to_ms=10)
    leaves = assert_told_once(tmp_path, fresh_database_url)
    assert [leaf.subject for leaf in leaves] == [part.sha256 for part in parts]
    assert len(gaps) == 1


async def test_a_leaf_says_what_the_row_says(
    films: dict[str, Path], fresh_database_url: str, tmp_path: Path
) -> None:
    """AV-10: the leaf ties the digest to camera, times and size; a part that comes again under the
    name of one that is gone gets a row and a leaf of its own, nothing is written over.
    """
    (part,) = record(films["h264"], tmp_path, start_ms=T0, seconds=0.4)
    async with Database(fresh_database_url) as database:
        ledger = Ledger(tmp_path, "pool", database, now_ms=lambda: T0 + 5)
        await ledger.part(part)
        assert await ledger.tell()
        part.path.unlink()
        (later,) = record(films["h265"], tmp_path, start_ms=T0, seconds=0.4)
        for one in (later, part, later):
            await ledger.part(one)
        assert await ledger.tell()
    rows, leaves = told(fresh_database_url)
    assert rows == Counter([(T0, part.sha256), (T0, later.sha256)])
    assert [leaf.subject for leaf in leaves] == [part.sha256, later.sha256]
    assert leaves[0].at_ms == T0 + 5
    assert leaves[0].body == {
        "camera_id": "pool", "start_ms": part.start_ms, "end_ms": part.end_ms,
        "size_bytes": part.size_bytes,
    }  # fmt: skip
