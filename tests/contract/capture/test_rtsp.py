"""A capture node against a real RTSP server and a network that fails: nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from infra.rtsp import RtspServer
from pipelines.footage.clip import cut
from pipelines.footage.types import GapCause
from pipelines.gateways.capture.node import wall_ms
from pipelines.gateways.capture.types import CameraSource
from tests.contract.capture.accounts import JOINT_MS, account
from tests.contract.capture.conftest import Ports
from tests.contract.capture.troubled import Troubled

FRAME_MS = 40


@pytest.mark.parametrize("codec", ["h264", "h265"])
async def test_a_camera_is_recorded_and_looked_at(
    server: RtspServer, tmp_path: Path, codec: str
) -> None:
    """AV-10, AV-16: over RTSP with a digest password; its own clock is compared with ours."""
    ports = Ports()
    camera = CameraSource(camera_id="pool", url=server.url(codec))
    work = asyncio.create_task(ports.run(camera, tmp_path))
    begun_ms = wall_ms()
    await ports.until(7)
    ports.stop.set()
    report = await work
    assert (report.ended, report.gaps, report.dropped) == ("stopped", 0, {})
    assert account(ports.parts, ports.gaps).off_ms <= JOINT_MS
    assert abs(ports.parts[0].start_ms - begun_ms) < 3000
    assert ports.frames
    assert ports.clocks[-1].offset_ms is not None
    assert abs(ports.clocks[-1].offset_ms) < 500
    assert ports.frames[-1].clock_uncertainty_ms >= 10
    at_ms = ports.parts[2].start_ms
    clip = cut(tmp_path, "pool", at_ms, at_ms + 2000, tmp_path / "clip.mp4")
    assert (clip.start_ms, clip.gaps) == (at_ms, ())
    assert (b"hvc1" if codec == "h265" else b"avc1") in (tmp_path / "clip.mp4").read_bytes()


async def test_cuts_and_stalls_add_up(server: RtspServer, tmp_path: Path) -> None:
    """AV-18: over random cuts, stalls and refusals, recorded and missing time make up all of it."""
    ports, chance = Ports(), random.Random(18)
    with Troubled(server.port) as proxy:
        camera = CameraSource(camera_id="pool", url=server.url("h264", port=proxy.port))
        work = asyncio.create_task(ports.run(camera, tmp_path))
        await ports.until(1)
        for _ in range(8):
            await asyncio.sleep(chance.uniform(0.6, 1.6))
            proxy.trouble(chance)
            await asyncio.sleep(chance.uniform(0.1, 1.6))
            proxy.mend()
        known = len(ports.parts)
        await ports.until(known + 2)
        ports.stop.set()
        report = await work
    made = account(ports.parts, ports.gaps)
    assert report.reconnects >= 4
    assert made.gap_ms > 1000
    assert made.off_ms <= FRAME_MS, made
    assert max(made.overlap_ms, made.untold_ms) <= FRAME_MS, made
    assert abs(made.shown_ms - made.recorded_ms) <= FRAME_MS + len(ports.parts), made
    assert {gap.cause for gap in ports.gaps} == {GapCause.NETWORK}


async def test_a_killed_server_is_cut_off_and_restored(server: RtspServer, tmp_path: Path) -> None:
    """OFF-11, AV-18: power lost at the camera is said once, and that it is back."""
    ports = Ports()
    work = asyncio.create_task(
        ports.run(CameraSource(camera_id="pool", url=server.url("h264")), tmp_path)
    )
    await ports.until(1)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(2.0)
    await asyncio.to_thread(server.start)
    known = len(ports.parts)
    await ports.until(known + 2)
    ports.stop.set()
    await work
    assert [event.what for event in ports.said] == ["cut_off", "restored"]
    assert ports.said[1].inputs["lost_s"] > 1.5
    assert account(ports.parts, ports.gaps).off_ms <= FRAME_MS


async def test_a_wrong_password_is_a_fault_and_never_shown(
    server: RtspServer, tmp_path: Path
) -> None:
    """AV-18: what is at fault is told apart from the network."""
    ports = Ports()
    url = server.url("h264").replace("word%2F1", "wrong")
    work = asyncio.create_task(ports.run(CameraSource(camera_id="pool", url=url), tmp_path))
    await asyncio.sleep(2.5)
    ports.stop.set()
    await work
    assert ports.parts == []
    assert {gap.cause for gap in ports.gaps} == {GapCause.FAULT}
    assert "refuses the user or the password" in ports.gaps[0].reason
    assert not any("wrong" in gap.reason or "p%40ss" in gap.reason for gap in ports.gaps)


async def test_a_lost_sub_stream_costs_no_recorded_packet(
    server: RtspServer, tmp_path: Path
) -> None:
    """The two planes are apart: pictures stop, the recording goes on, and people are told."""
    ports = Ports()
    with Troubled(server.port) as proxy:
        camera = CameraSource(
            camera_id="pool", url=server.url("h265"),
            sub_url=server.url("h264", port=proxy.port),
        )  # fmt: skip
        work = asyncio.create_task(ports.run(camera, tmp_path))
        await ports.until(3)
        pictures = len(ports.frames)
        proxy.refuse()
        known = len(ports.parts)
        await ports.until(known + 4)
        seen_out = len(ports.frames)
        proxy.mend()
        known = len(ports.parts)
        await ports.until(known + 4)
        ports.stop.set()
        report = await work
    assert (report.gaps, account(ports.parts, ports.gaps).off_ms) == (0, 0)
    assert pictures > 0
    assert len(ports.frames) > seen_out
    assert [event.what for event in ports.said] == ["cut_off", "restored"]
    assert "sub stream" in ports.said[0].detail
