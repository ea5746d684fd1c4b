"""Owns the recording's figures: whether nothing is lost unsaid, and what recording costs."""

from __future__ import annotations

import asyncio
import queue
import random
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from infra.footage import CACHE, demo_video
from infra.rtsp import RtspServer, played
from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.types import Gap, Part
from pipelines.gateways.capture.look import Outage
from pipelines.gateways.capture.node import wall_ms
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.reader import Reader
from pipelines.gateways.capture.types import CameraEvent, ClockNote, Tally, Timing
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rounded
from tests.contract.capture.accounts import Account, account
from tests.contract.capture.films import film
from tests.contract.capture.troubled import Troubled

NAMES = frozenset({"gap_accounting", "recording_cpu"})
CAMERAS = 10
HASTY = Timing(timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.4, cut_off_s=5.0, held_back_s=1.0)
SIZE = (1280, 720)
FPS = 25


class Camera:
    """The recording plane of one camera in a thread, and what it gave out."""

    def __init__(self, url: str, folder: Path, name: str, timing: Timing) -> None:
        self.events: queue.SimpleQueue[Part | Gap | ClockNote] = queue.SimpleQueue()
        self._halt = threading.Event()
        outbox = _Direct(self.events)
        self.reader = Reader(
            camera_id=name, url=url, stream="main", start_ms=None,
            recorder=Recorder(folder, camera_id=name), eyes=None, events=outbox,
            post=_unheard, outage=Outage(name, _unheard), tally=Tally(),
            halt=self._halt, live=True, pace=0, timing=timing, now_ms=wall_ms,
        )  # fmt: skip
        self._thread = threading.Thread(target=self.reader.run)
        self._thread.start()

    def until(self, packets: int) -> None:
        """Waits for so many more packets."""
        goal = self.reader.tally.packets + packets
        until_s = time.monotonic() + 60
        while self.reader.tally.packets < goal:
            if time.monotonic() > until_s:
                raise TimeoutError(f"{self.reader.camera_id} gives no packets")
            time.sleep(0.02)

    def stop(self) -> list[Part | Gap | ClockNote]:
        """Ends it in order; everything that it told."""
        self._halt.set()
        self._thread.join(60)
        found = []
        while not self.events.empty():
            found.append(self.events.get())
        return found


def _unheard(event: CameraEvent) -> None:
    """What befalls a camera is for others to judge."""
    del event


class _Direct(Outbox[Part | Gap | ClockNote]):
    """An outbox that nobody empties but the bench."""

    def __init__(self, into: queue.SimpleQueue[Part | Gap | ClockNote]) -> None:
        super().__init__(asyncio.new_event_loop(), limit=1)
        self._into = into

    def put(self, item: Part | Gap | ClockNote, *, wait: bool) -> None:
        del wait
        self._into.put(item)


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``gap_accounting`` and ``recording_cpu``."""
    video = demo_video(CACHE, tell)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-rtsp-") as name:
        folder = Path(name)
        small = film(video, folder / "small.mp4", gop=12, frames=96, rounds=60)
        large = film(video, folder / "large.mp4", gop=FPS, size=SIZE, frames=250, rounds=12)
        mounts = {"small": played(small, codec="h264"), "large": played(large, codec="h264")}
        with RtspServer(folder / "server", mounts, tell=tell) as server:
            rounds = 3 if bed.quick else 10
            return [
                _accounting(server, folder, tell, rounds=rounds),
                _cpu(server, large, folder, tell, seconds=15 if bed.quick else 40),
            ]


def _accounting(
    server: RtspServer, folder: Path, tell: Callable[[str], None], *, rounds: int
) -> Figure:
    chance, met = random.Random(2026), dict.fromkeys(("cut", "stall", "refuse", "kill"), 0)
    kills = set(chance.sample(range(rounds), max(1, rounds // 5)))
    with ExitStack() as stack:
        proxies = [stack.enter_context(Troubled(server.port)) for _ in range(CAMERAS)]
        cameras = [
            Camera(server.url("small", port=proxy.port), folder / "ring", f"c{number}", HASTY)
            for number, proxy in enumerate(proxies)
        ]
        for camera in cameras:
            camera.until(FPS)
        for number in range(rounds):
            time.sleep(chance.uniform(0.8, 2.0))
            if number in kills:
                met["kill"] += CAMERAS
                server.stop()
                time.sleep(chance.uniform(0.2, 2.0))
                server.start()
            else:
                for proxy in proxies:
                    met[proxy.trouble(chance)] += 1
                    time.sleep(chance.uniform(0.0, 0.2))
                time.sleep(chance.uniform(0.1, 2.0))
                for proxy in proxies:
                    proxy.mend()
            tell(f"gap accounting: round {number + 1} of {rounds}")
        for camera in cameras:
            camera.until(2 * FPS)
        told = [camera.stop() for camera in cameras]
    made = [_account(events) for events in told]
    elapsed = sum(one.elapsed_ms for one in made)
    accounted = sum(one.recorded_ms + one.gap_ms for one in made)
    return Figure(
        name="gap_accounting", value=round(accounted / elapsed, 6), unit="of elapsed time",
        against="recorded + gaps = elapsed", against_value=1.0,
        ratio=round(accounted / elapsed, 6), n=sum(met.values()),
        note=f"{CAMERAS} cameras over RTSP, 25 fps; {_listed(met)}; elapsed {elapsed / 1000:.1f} s,"
        f" recorded {sum(one.recorded_ms for one in made) / 1000:.1f} s (frames in the files "
        f"{sum(one.shown_ms for one in made) / 1000:.1f} s), gaps "
        f"{sum(one.gap_ms for one in made) / 1000:.1f} s; worst camera off by "
        f"{max(one.off_ms for one in made)} ms, untold {max(one.untold_ms for one in made)} ms, "
        f"twice {max(one.overlap_ms for one in made)} ms; a frame is 40 ms",
    )  # fmt: skip


def _account(events: list[Part | Gap | ClockNote]) -> Account:
    parts = [event for event in events if isinstance(event, Part)]
    return account(parts, [event for event in events if isinstance(event, Gap)])


def _listed(met: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}s" for name, number in met.items())


def _cpu(
    server: RtspServer, large: Path, folder: Path, tell: Callable[[str], None], *, seconds: int
) -> Figure:
    """Recording four cameras for a while, and decoding the same packets, in CPU seconds."""
    cameras = [
        Camera(server.url("large"), folder / "cpu", f"c{number}", Timing()) for number in range(4)
    ]
    for camera in cameras:
        camera.until(2 * FPS)
    packets, begun_s = sum(camera.reader.tally.packets for camera in cameras), _cpu_s()
    time.sleep(seconds)
    spent_s = _cpu_s() - begun_s
    frames = sum(camera.reader.tally.packets for camera in cameras) - packets
    for camera in cameras:
        camera.stop()
    per_minute = spent_s / frames * FPS * 60
    tell(f"recording: {per_minute:.3f} CPU s a camera-minute")
    decoded, begun_s = 0, _cpu_s()
    with open_video(str(large)) as video:
        decoder = Decoder(video)
        for packet in video.packets():
            if decoded >= FPS * 20 or not isinstance(packet, VideoPacket):
                break
            decoded += len(decoder.decode(packet))
    decoding = (_cpu_s() - begun_s) / decoded * FPS * 60
    return Figure(
        name="recording_cpu", value=rounded(per_minute), unit="CPU s per camera-minute",
        against="decoding the same stream, one thread", against_value=rounded(decoding),
        ratio=rounded(decoding / per_minute), n=frames,
        note=f"RTSP over TCP, H.264 {SIZE[0]}x{SIZE[1]} at {FPS} fps, four cameras for {seconds} s,"
        f" parts of 1 s hashed and synced; {per_minute / 60:.2%} of a core a camera",
    )  # fmt: skip


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
