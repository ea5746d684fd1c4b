"""The looking plane: chooses pictures of one connection in a thread of its own. Must not record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import msgspec

from pipelines.footage.read import Video
from pipelines.gateways.capture.analyse import Analyser
from pipelines.gateways.capture.clock import StreamClock
from pipelines.gateways.capture.handing import Handing
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.types import CameraEvent, CameraSource, FrameMessage, Tally

_TIMED_WAITING = 240  # timed looks that wait for a broker that is away: 20 minutes of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What looking at a camera needs, over all of its connections."""

    camera: CameraSource
    pictures: Outbox[FrameMessage | CameraEvent]
    tally: Tally
    live: bool
    analyse_fps: float
    look_every_s: float
    _seq: count[int] = field(default_factory=count)

    def look(self, video: Video, clock: StreamClock, handing: Handing) -> None:
        """Looks at what is handed until its end."""
        analyser = Analyser(
            video, self.camera, self.tally, analyse_fps=self.analyse_fps,
            look_every_s=self.look_every_s, at_ms=lambda at_s: round(clock.utc_ms(at_s)),
            next_seq=self._seq.__next__,
        )  # fmt: skip
        while (handed := handing.take()) is not None:
            if handed.after_loss:
                analyser.lost()
            for message in analyser.feed(handed.packet):
                self._post(message, clock)
        if handing.to_finish:
            for message in analyser.finish():
                self._post(message, clock)

    def _post(self, message: FrameMessage, clock: StreamClock) -> None:
        message = msgspec.structs.replace(
            message, clock_offset_ms=clock.offset_ms, clock_uncertainty_ms=clock.uncertainty_ms
        )
        if not self.live:
            self.pictures.put(message, wait=True)
            return
        limit = _TIMED_WAITING if message.reason == "timed" else None
        if not self.pictures.offer(message, limit=limit):
            self.tally.dropped["sender behind"] += 1


class Outage:
    """Says once that a camera is cut off, and once that it is back, over both of its streams."""

    def __init__(self, camera_id: str, tell: Callable[[CameraEvent], None]) -> None:
        self._camera_id, self._tell = camera_id, tell
        self._out: dict[str, int] = {}
        self._since_ms = 0
        self._lock = threading.Lock()

    def out(self, stream: str, *, since_ms: int, now_ms: int, why: str) -> None:
        """A stream has been gone for so long that people should know."""
        with self._lock:
            first = not self._out
            self._out.setdefault(stream, since_ms)
            if first:
                self._since_ms = since_ms
                lost_s = (now_ms - since_ms) / 1000
                self._say("cut_off", now_ms, lost_s, f"{stream} stream: {why}")

    def back(self, stream: str, *, now_ms: int) -> None:
        """A stream gives packets."""
        if not self._out:
            return
        with self._lock:
            was_out = self._out.pop(stream, None) is not None
            if was_out and not self._out:
                lost_s = (now_ms - self._since_ms) / 1000
                self._say("restored", now_ms, lost_s, f"{stream} stream")

    def _say(self, what: str, now_ms: int, lost_s: float, detail: str) -> None:
        self._tell(
            CameraEvent(
                camera_id=self._camera_id, time_ms=now_ms, what=what,
                inputs={"lost_s": round(lost_s, 3)}, detail=detail,
            )
        )  # fmt: skip
