"""A real RTSP server with films of real people, and ports that keep what a capture gives out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.rtsp import RtspServer, played
from infra.stack.processes import StackError
from pipelines.footage.types import Gap, Part
from pipelines.gateways.capture.node import capture
from pipelines.gateways.capture.types import (
    CameraEvent,
    CameraSource,
    CaptureReport,
    ClockNote,
    FrameMessage,
    Timing,
)
from tests.contract.capture.films import film

ROOT = Path(__file__).parents[3]
HASTY = Timing(timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.4, cut_off_s=0.8, held_back_s=1.0)


@dataclass
class Ports:
    """Keeps what a capture gives out."""

    frames: list[FrameMessage] = field(default_factory=list)
    said: list[CameraEvent] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    clocks: list[ClockNote] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: FrameMessage | CameraEvent) -> None:
        """Keeps it, by kind."""
        if isinstance(message, FrameMessage):
            self.frames.append(message)
        else:
            self.said.append(message)

    async def on_part(self, part: Part) -> None:
        """Keeps it."""
        self.parts.append(part)
        self._grown.set()

    async def on_gap(self, gap: Gap) -> None:
        """Keeps it."""
        self.gaps.append(gap)

    async def on_clock(self, note: ClockNote) -> None:
        """Keeps it."""
        self.clocks.append(note)

    async def run(self, camera: CameraSource, folder: Path) -> CaptureReport:
        """Captures until ``stop``, hastily."""
        return await capture(
            camera, folder=folder, send=self.send, on_part=self.on_part, on_gap=self.on_gap,
            on_clock=self.on_clock, stop=self.stop, timing=HASTY,
        )  # fmt: skip

    async def until(self, parts: int, *, timeout_s: float = 30.0) -> None:
        """Waits for so many parts."""
        async with asyncio.timeout(timeout_s):
            while len(self.parts) < parts:
                self._grown.clear()
                await self._grown.wait()


@pytest.fixture(scope="session")
def films(video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two minutes and more of H.264 and H.265 with a keyframe each half second, 25 fps."""
    folder = tmp_path_factory.mktemp("films")
    return {
        codec: film(video, folder / f"{codec}.mp4", codec=codec, gop=12, frames=96, rounds=60)
        for codec in ("h264", "h265")
    }


@pytest.fixture(scope="session")
def server(
    films: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RtspServer]:
    """The server, with a stream for each codec; skips, saying why, where it cannot be had."""
    mounts = {codec: played(path, codec=codec) for codec, path in films.items()}
    running = RtspServer(
        tmp_path_factory.mktemp("rtsp"), mounts, user="viewer", password="p@ss:word/1",
        cache=ROOT / "build" / "rtsp",
    )  # fmt: skip
    try:
        running.start()
    except StackError as error:
        pytest.skip(str(error))
    yield running
    running.stop()
