"""Reads one camera in its own threads: records every packet, lets pictures be chosen.

Recording and choosing run apart, so that neither a slow decoder nor a slow receiver costs a
recorded packet. Must not send: what comes out is put into outboxes.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import structlog

from pipelines.footage.read import Video, VideoPacket, open_video, redacted
from pipelines.footage.record import Recorder
from pipelines.footage.types import Ended, Gap, Part, UnreadableVideo
from pipelines.gateways.capture.analyse import Analyser
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally

_log = structlog.get_logger(__name__)
_PACKETS_WAITING = 256  # for the decoder: some 10 s of a camera
_LOOK_AGAIN_S = 0.2
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_STOPPED = Ended(reason="stopped")


class Backoff:
    """Waits between attempts: doubling from 1 s to 60 s, each shortened by up to half by chance."""

    def __init__(self) -> None:
        self._tries = 0

    def reset(self) -> None:
        """An attempt succeeded."""
        self._tries = 0

    def next_s(self) -> float:
        """How long to wait before the next attempt."""
        longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0**self._tries)
        self._tries += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, keeps no secret


@dataclass(slots=True, kw_only=True)
class Reader:
    """Everything one camera's threads share. ``run`` blocks until the source ends or ``halt``."""

    camera: CameraSource
    recorder: Recorder
    pictures: Outbox[FrameMessage]
    events: Outbox[Part | Gap]
    tally: Tally
    halt: threading.Event
    live: bool
    pace: float
    analyse_fps: float
    look_every_s: float
    now_ms: Callable[[], int]
    _seq: count[int] = field(default_factory=count)
    _backoff: Backoff = field(default_factory=Backoff)

    def run(self) -> Ended:
        """Reads to the end, over lost connections if live.

        Raises:
            UnreadableVideo: a file cannot be read, or any source's codec not be recorded.
        """
        try:
            return self._follow() if self.live else self._read_once()
        finally:
            self._tell(self.recorder.close())

    def _read_once(self) -> Ended:
        with open_video(self.camera.url, camera_id=self.camera.camera_id) as video:
            return self._read(video)

    def _follow(self) -> Ended:
        while not self.halt.is_set():
            try:
                reason = self._read_once().detail or "the stream ended"
            except UnreadableVideo as error:
                reason = str(error)
            self._tell(self.recorder.lost(reason, since_ms=self.now_ms()))
            if self.halt.is_set():
                break
            wait_s = self._backoff.next_s()
            url = redacted(self.camera.url)
            _log.warning("camera_lost", url=url, reason=reason, retry_in_s=round(wait_s, 1))
            self.halt.wait(wait_s)
            self.tally.reconnects += 1
            self._tell(self.recorder.missing_until(self.now_ms()))
        return _STOPPED

    def _read(self, video: Video) -> Ended:
        """One connection: this thread records, a second one chooses pictures."""
        origin = _Origin(self.camera.start_ms, self.now_ms)
        with ThreadPoolExecutor(1, f"look-{self.camera.camera_id}") as pool:
            handing = _Handing(live=self.live, halt=self.halt, tally=self.tally)
            handing.looking = pool.submit(self._look, video, origin, handing)
            try:
                ended = self._record(video, origin, handing)
                handing.end(finish=ended is not _STOPPED)
            except BaseException:
                handing.abandon()
                raise
            handing.looking.result()
        return ended

    def _record(self, video: Video, origin: _Origin, handing: _Handing) -> Ended:
        begun_s = time.monotonic()
        for packet in video.packets():
            if isinstance(packet, Ended):
                return packet
            if self.pace > 0 and not self.live:
                self.halt.wait(max(0.0, begun_s + packet.time_s / self.pace - time.monotonic()))
            if self.halt.is_set() or handing.failed:
                return _STOPPED
            self._backoff.reset()
            self.tally.packets += 1
            self._tell(self.recorder.feed(packet, origin.utc_ms(packet.time_s)))
            self.tally.dropped["before keyframe"] = self.recorder.skipped
            handing.hand(packet)
        raise AssertionError("a source ends with Ended")

    def _look(self, video: Video, origin: _Origin, handing: _Handing) -> None:
        analyser = Analyser(
            video, self.camera, self.tally, analyse_fps=self.analyse_fps,
            look_every_s=self.look_every_s, at_ms=lambda at_s: round(origin.utc_ms(at_s)),
            next_seq=self._seq.__next__,
        )  # fmt: skip
        while (packet := handing.take()) is not None:
            if packet.after_loss:
                analyser.lost()
            for message in analyser.feed(packet.packet):
                self._post(message)
        if handing.to_finish:
            for message in analyser.finish():
                self._post(message)

    def _post(self, message: FrameMessage) -> None:
        if not self.live or message.reason == "timed":  # a timed look is never dropped
            self.pictures.put(message, wait=not self.live)
        elif not self.pictures.offer(message):
            self.tally.dropped["sender behind"] += 1

    def _tell(self, events: list[Part | Gap]) -> None:
        for event in events:
            if isinstance(event, Part):
                self.tally.parts += 1
            else:
                self.tally.gaps += 1
            self.events.put(event, wait=False)


class _Origin:
    """The UTC of a connection's first packet: given for files, the wall clock's for streams."""

    def __init__(self, start_ms: int | None, now_ms: Callable[[], int]) -> None:
        self._start_ms, self._now_ms = start_ms, now_ms

    def utc_ms(self, time_s: float) -> float:
        if self._start_ms is None:
            self._start_ms = round(self._now_ms() - time_s * 1000)
        return self._start_ms + time_s * 1000


@dataclass(frozen=True, slots=True)
class _Handed:
    packet: VideoPacket
    after_loss: bool


class _Handing:
    """Packets on their way from the recording to the looking thread.

    A file waits for the decoder; a live stream does not: packets are dropped up to the next
    keyframe, and counted.
    """

    def __init__(self, *, live: bool, halt: threading.Event, tally: Tally) -> None:
        self._live, self._halt, self._tally = live, halt, tally
        self._waiting: queue.Queue[_Handed | None] = queue.Queue(_PACKETS_WAITING)
        self._behind = False
        self._abandoned = False
        self.to_finish = False
        self.looking: Future[None] | None = None

    @property
    def failed(self) -> bool:
        """The looking thread is gone; its future says why."""
        return self.looking is not None and self.looking.done()

    def hand(self, packet: VideoPacket) -> None:
        if self._behind and not packet.is_key:
            self._tally.dropped["decoder behind"] += 1
            return
        handed = _Handed(packet, after_loss=self._behind)
        if not self._live:
            self._put(handed)
            return
        try:
            self._waiting.put_nowait(handed)
            self._behind = False
        except queue.Full:
            self._behind = True
            self._tally.dropped["decoder behind"] += 1

    def end(self, *, finish: bool) -> None:
        self.to_finish = finish
        self._abandoned = not finish
        self._put(None)

    def abandon(self) -> None:
        self._abandoned = True

    def take(self) -> _Handed | None:
        while not self._abandoned:
            try:
                return self._waiting.get(timeout=_LOOK_AGAIN_S)
            except queue.Empty:
                continue
        return None

    def _put(self, item: _Handed | None) -> None:
        while not (self._halt.is_set() or self._abandoned or self.failed):
            try:
                self._waiting.put(item, timeout=_LOOK_AGAIN_S)
            except queue.Full:
                continue
            return
        self._abandoned = self._abandoned or item is None
