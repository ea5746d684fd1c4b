"""The capture node: one camera recorded, its pictures and parts given to the ports it was given."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pipelines.footage.read import is_live, is_network
from pipelines.footage.record import Recorder
from pipelines.footage.types import Ended, Gap, Part
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.reader import Reader
from pipelines.gateways.capture.types import CameraSource, CaptureReport, FrameMessage, Tally

_PICTURES_WAITING = 8
_EVENTS_WAITING = 64

T = TypeVar("T")


def wall_ms() -> int:
    """The wall clock, epoch ms UTC."""
    return time.time_ns() // 1_000_000


async def capture(
    camera: CameraSource,
    *,
    folder: Path,
    send: Callable[[FrameMessage], Awaitable[None]],
    on_part: Callable[[Part], Awaitable[None]],
    on_gap: Callable[[Gap], Awaitable[None]],
    stop: asyncio.Event,
    pace: float = 1.0,
    analyse_fps: float = 2.0,
    look_every_s: float = 5.0,
    tally: Tally | None = None,
    now_ms: Callable[[], int] = wall_ms,
) -> CaptureReport:
    """Records ``camera`` below ``folder`` and sends what is worth a look, to its end or ``stop``.

    A file waits for a slow ``send``. A live stream does not: pictures of motion are dropped and
    counted, timed looks and recorded packets never; lost connections are gaps and tried again.

    Args:
        pace: of a file: 1 real time, 10 ten times faster, 0 as fast as it goes.
        analyse_fps: pictures a second that are looked at.
        look_every_s: between pictures that go out whether or not something moves.
        tally: counts while it runs; a new one if None.

    Raises:
        UnreadableVideo: a file cannot be read or not be recorded as it is.
        ValueError: a start time was given for a live stream.
        Exception: what a port raised; the capture has ended then.
    """
    if is_live(camera.url) and camera.start_ms is not None:
        raise ValueError(f"camera {camera.camera_id}: a live stream starts now, not at start_ms")
    counts = Tally() if tally is None else tally
    loop = asyncio.get_running_loop()
    reader = Reader(
        camera=camera,
        recorder=await asyncio.to_thread(Recorder, folder, camera_id=camera.camera_id),
        pictures=Outbox(loop, limit=_PICTURES_WAITING),
        events=Outbox(loop, limit=_EVENTS_WAITING),
        tally=counts,
        halt=threading.Event(),
        live=camera.start_ms is None and is_network(camera.url),
        pace=pace,
        analyse_fps=analyse_fps,
        look_every_s=look_every_s,
        now_ms=now_ms,
    )

    async def send_frame(message: FrameMessage) -> None:
        await send(msgspec.structs.replace(message, logged_ms=now_ms()))
        counts.frames_sent += 1

    async def tell(event: Part | Gap) -> None:
        await (on_part(event) if isinstance(event, Part) else on_gap(event))

    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(reader, stop))
            tasks.create_task(_pump(reader.pictures, send_frame))
            tasks.create_task(_pump(reader.events, tell))
    except ExceptionGroup as errors:  # the first to fail is why the others were cancelled
        raise errors.exceptions[0] from errors
    return _report(camera, counts, reading.result())


async def _read(reader: Reader, stop: asyncio.Event) -> Ended:
    """Runs the reader's thread; returns or raises only after the thread has ended."""
    pool = ThreadPoolExecutor(1, f"record-{reader.camera.camera_id}")
    work = asyncio.get_running_loop().run_in_executor(pool, reader.run)
    stopping = asyncio.create_task(stop.wait())
    try:
        either: set[asyncio.Future[Any]] = {work, stopping}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        reader.halt.set()
        return await asyncio.shield(work)
    finally:
        reader.halt.set()
        stopping.cancel()
        if not work.done():  # cancelled: let go of a thread that waits for room, then await it
            reader.pictures.close()
            reader.events.close()
            await asyncio.wait({work})
        reader.pictures.close()
        reader.events.close()
        pool.shutdown()


async def _pump(outbox: Outbox[T], deliver: Callable[[T], Awaitable[None]]) -> None:
    while (item := await outbox.take()) is not None:
        await deliver(item)


def _report(camera: CameraSource, tally: Tally, ended: Ended) -> CaptureReport:
    counted = asdict(tally)
    counted["dropped"] = {cause: n for cause, n in sorted(tally.dropped.items()) if n}
    return CaptureReport(
        camera_id=camera.camera_id, ended=ended.reason, detail=ended.detail, **counted
    )
