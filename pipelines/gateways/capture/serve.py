"""Runs capture nodes as a process: many cameras, one log, gaps into the database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import msgspec
import structlog

from pipelines import topics
from pipelines.footage.read import redacted
from pipelines.footage.ring import prune
from pipelines.footage.types import Gap, Part, UnreadableVideo
from pipelines.gateways.capture.node import capture
from pipelines.gateways.capture.types import CameraSource, FrameMessage
from pipelines.log import LogWriter
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
PRUNE_EVERY_S = 60.0


def run_capture(
    settings: Settings,
    cameras: Sequence[str],
    starts_ms: Sequence[int],
    *,
    pace: float,
    fps: float,
    look_every_s: float,
) -> int:
    """Captures until every camera has ended or a signal comes; 1 when one could not be read."""
    sources = [_source(text, i, starts_ms) for i, text in enumerate(cameras)]
    return asyncio.run(_run(settings, sources, pace=pace, fps=fps, look_every_s=look_every_s))


def _source(text: str, index: int, starts_ms: Sequence[int]) -> CameraSource:
    camera_id, _, url = text.partition("=")
    if not camera_id or not url:
        raise SystemExit(f"--camera {text!r}: write ID=FILE or ID=rtsp://...")
    start_ms = starts_ms[index] if index < len(starts_ms) else None
    return CameraSource(camera_id=camera_id, url=url, start_ms=start_ms)


async def _run(
    settings: Settings,
    sources: Sequence[CameraSource],
    *,
    pace: float,
    fps: float,
    look_every_s: float,
) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        Database(settings.database_url, max_size=2) as database,
        LogWriter(settings.bootstrap) as writer,
    ):

        async def send(frame: FrameMessage) -> None:
            value = msgspec.msgpack.encode(frame)
            await writer.send(topics.FRAMES, frame.camera_id.encode(), value)

        async def on_part(part: Part) -> None:
            log.debug("part", camera=part.camera_id, start_ms=part.start_ms, sha256=part.sha256)

        async def on_gap(gap: Gap) -> None:
            await database.execute("frames_gap", **msgspec.structs.asdict(gap))

        async def one(source: CameraSource) -> bool:
            try:
                report = await capture(
                    source, folder=settings.recordings, send=send, on_part=on_part,
                    on_gap=on_gap, stop=stop, pace=pace, analyse_fps=fps,
                    look_every_s=look_every_s,
                )  # fmt: skip
            except UnreadableVideo as error:
                log.warning(
                    "camera", camera=source.camera_id, url=redacted(source.url), why=str(error)
                )
                return False
            log.info("camera ended", report=msgspec.to_builtins(report))
            return True

        pruning = asyncio.create_task(_prune(settings, [source.camera_id for source in sources]))
        done = await asyncio.gather(*(one(source) for source in sources))
        pruning.cancel()
    return 0 if all(done) else 1


async def _prune(settings: Settings, cameras: Sequence[str]) -> None:
    """Keeps each camera's ring within its bounds; evidence is copied out of it when sealed."""
    while True:
        for camera_id in cameras:
            dropped = await asyncio.to_thread(
                prune,
                settings.recordings,
                camera_id,
                keep_s=settings.recording_keep_h * 3600,
                keep_bytes=int(settings.recording_keep_gb * 1e9),
                pinned=(),
            )
            if dropped:
                log.info("recordings pruned", camera=camera_id, parts=len(dropped))
        await asyncio.sleep(PRUNE_EVERY_S)
