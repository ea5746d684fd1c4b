"""The capture node: one camera recorded and looked at, what comes of it given to the ports."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from pipelines.footage.read import is_live, is_network
from pipelines.footage.record import Recorder
from pipelines.footage.types import Ended, Gap, Part
from pipelines.gateways.capture.look import Eyes, Outage
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.reader import Reader
from pipelines.gateways.capture.types import (
    CameraEvent,
    CameraSource,
    CaptureReport,
    ClockNote,
    FrameMessage,
    Tally,
    Timing,
)

_PICTURES_WAITING = 8
_EVENTS_WAITING = 64
MASKED = "parts of the picture must be masked, and the camera does not mask its own stream"

T = TypeVar("T")


def wall_ms() -> int:
    """The wall clock, epoch ms UTC."""
    return time.time_ns() // 1_000_000


async def no_clock(note: ClockNote) -> None:
    """A port for those who do not keep how time was mapped."""
    del note


async def capture(
    camera: CameraSource,
    *,
    folder: Path,
    send: Callable[[FrameMessage | CameraEvent], Awaitable[None]],
    on_part: Callable[[Part], Awaitable[None]],
    on_gap: Callable[[Gap], Awaitable[None]],
    stop: asyncio.Event,
    on_clock: Callable[[ClockNote], Awaitable[None]] = no_clock,
    room: Callable[[], bool] = lambda: True,
    pace: float = 1.0,
    analyse_fps: float = 2.0,
    look_every_s: float = 5.0,
    timing: Timing | None = None,
    tally: Tally | None = None,
    now_ms: Callable[[], int] = wall_ms,
) -> CaptureReport:
    """Records ``camera`` below ``folder`` and sends what is worth a look, to its end or ``stop``.

    A file waits for a slow ``send``. A live stream does not: pictures of motion are dropped and
    counted, timed looks only when hundreds wait, recorded packets never; lost connections are
    gaps and tried again.
    With a sub-stream, that one is looked at and the main one only recorded, each on its own.

    Args:
        room: asked before each part, in another thread: makes room on the disk where it can.
        pace: of a file: 1 real time, 10 ten times faster, 0 as fast as it goes.
        analyse_fps: pictures a second that are looked at.
        look_every_s: between pictures that go out whether or not something moves.
        timing: how patient it is with a live camera.
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
    refused = MASKED if camera.masks and not camera.masked_by_camera else ""
    planes = _Planes(
        camera=camera, pictures=Outbox(loop, limit=_PICTURES_WAITING),
        events=Outbox(loop, limit=_EVENTS_WAITING), tally=counts, pace=pace,
        recorder=await asyncio.to_thread(
            Recorder, folder, camera_id=camera.camera_id, room=room, refused=refused
        ),
        analyse_fps=analyse_fps, look_every_s=look_every_s, timing=timing or Timing(),
        now_ms=now_ms,
    )  # fmt: skip
    ports = _Ports(send=send, on_part=on_part, on_gap=on_gap, on_clock=on_clock)
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(planes, stop))
            tasks.create_task(_pump(planes.pictures, partial(ports.hand_on, planes)))
            tasks.create_task(_pump(planes.events, ports.tell))
    except ExceptionGroup as errors:  # the first to fail is why the others were cancelled
        raise errors.exceptions[0] from errors
    return _report(camera, counts, reading.result())


@dataclass(slots=True, kw_only=True)
class _Planes:
    """One camera's reading threads and what they share."""

    camera: CameraSource
    recorder: Recorder
    pictures: Outbox[FrameMessage | CameraEvent]
    events: Outbox[Part | Gap | ClockNote]
    tally: Tally
    pace: float
    analyse_fps: float
    look_every_s: float
    timing: Timing
    now_ms: Callable[[], int]
    halt: threading.Event = field(default_factory=threading.Event)
    _outage: Outage = field(init=False)

    def __post_init__(self) -> None:
        self._outage = Outage(self.camera.camera_id, self._post)

    def readers(self) -> list[Reader]:
        """One for each stream that is to be read, the recorded one first."""
        camera = self.camera
        if camera.sub_url is None:
            return [self._reader(camera.url, "main", records=True, looks=True)]
        if self.recorder.refused:  # what may not be kept need not be fetched
            return [self._reader(camera.sub_url, "sub", records=True, looks=True)]
        return [
            self._reader(camera.url, "main", records=True, looks=False),
            self._reader(camera.sub_url, "sub", records=False, looks=True),
        ]

    def _reader(
        self, url: str, stream: Literal["main", "sub"], *, records: bool, looks: bool
    ) -> Reader:
        camera = self.camera
        live = camera.start_ms is None and is_network(url)
        eyes = Eyes(
            camera=camera, pictures=self.pictures, tally=self.tally, live=live,
            analyse_fps=self.analyse_fps, look_every_s=self.look_every_s,
        )  # fmt: skip
        begins_ms = camera.start_ms if camera.start_ms is not None or live else self.now_ms()
        return Reader(
            camera_id=camera.camera_id, url=url, stream=stream, start_ms=begins_ms,
            recorder=self.recorder if records else None, eyes=eyes if looks else None,
            events=self.events, post=self._post, outage=self._outage, tally=self.tally,
            halt=self.halt, live=live, pace=self.pace, timing=self.timing, now_ms=self.now_ms,
        )  # fmt: skip

    def _post(self, event: CameraEvent) -> None:
        self.pictures.put(event, wait=False)

    def close(self) -> None:
        """Lets go who waits for room or for more."""
        self.pictures.close()
        self.events.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ports:
    """Where what comes out goes."""

    send: Callable[[FrameMessage | CameraEvent], Awaitable[None]]
    on_part: Callable[[Part], Awaitable[None]]
    on_gap: Callable[[Gap], Awaitable[None]]
    on_clock: Callable[[ClockNote], Awaitable[None]]

    async def hand_on(self, planes: _Planes, message: FrameMessage | CameraEvent) -> None:
        """Sends a message with the moment at which it went."""
        await self.send(msgspec.structs.replace(message, logged_ms=planes.now_ms()))
        planes.tally.frames_sent += isinstance(message, FrameMessage)

    async def tell(self, event: Part | Gap | ClockNote) -> None:
        """Tells what was recorded, what was not, or how time was mapped."""
        if isinstance(event, ClockNote):
            await self.on_clock(event)
        else:
            await (self.on_part(event) if isinstance(event, Part) else self.on_gap(event))


async def _read(planes: _Planes, stop: asyncio.Event) -> Ended:
    """Runs a thread for each stream until the first of them ends as it should; returns or raises
    only after all threads have ended.
    """
    readers = planes.readers()
    pool = ThreadPoolExecutor(len(readers), f"record-{planes.camera.camera_id}")
    loop = asyncio.get_running_loop()
    works = [loop.run_in_executor(pool, reader.run) for reader in readers]
    stopping = asyncio.create_task(stop.wait())
    either: set[asyncio.Future[Any]] = {*works, stopping}
    try:
        done, _ = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        failed = any(work.exception() for work in done)
        if stopping in done or failed or readers[-1].live:
            planes.halt.set()  # else both are files, and each plays to its end
        ends = await asyncio.shield(asyncio.gather(*works))
        return ends[0]
    finally:
        planes.halt.set()
        stopping.cancel()
        if any(not work.done() for work in works):  # cancelled: let go of who waits for room
            planes.close()
            await asyncio.wait(works)
        planes.close()
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
