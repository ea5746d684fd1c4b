"""Reads one stream of a camera in its own thread: records it, hands it to who looks, or both.

Recording and looking run apart, so that neither a slow decoder nor a slow receiver costs a recorded
packet. Must not send: what comes out is put into outboxes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import structlog

from pipelines.footage.read import Video, VideoPacket, open_video, redacted
from pipelines.footage.record import Recorder
from pipelines.footage.types import Ended, Gap, GapCause, Part, UnreadableVideo
from pipelines.gateways.capture.backoff import Backoff
from pipelines.gateways.capture.clock import ArrivalClock, ClockNews, GivenClock, StreamClock
from pipelines.gateways.capture.handing import Handing
from pipelines.gateways.capture.look import Eyes, Outage
from pipelines.gateways.capture.outbox import Outbox
from pipelines.gateways.capture.types import CameraEvent, ClockNote, Tally, Timing

_log = structlog.get_logger(__name__)
_STOPPED = Ended(reason="stopped")
_NOTE_EVERY_MS = 600_000


@dataclass(slots=True, kw_only=True)
class Reader:
    """Everything about one stream. ``run`` blocks until the source ends or ``halt``.

    Attributes:
        recorder: keeps the packets; None for a stream that is only looked at.
        eyes: look at the packets; None for a stream that is only recorded.
    """

    camera_id: str
    url: str
    stream: Literal["main", "sub"]
    start_ms: int | None
    recorder: Recorder | None
    eyes: Eyes | None
    events: Outbox[Part | Gap | ClockNote]
    post: Callable[[CameraEvent], None]
    outage: Outage
    tally: Tally
    halt: threading.Event
    live: bool
    pace: float
    timing: Timing
    now_ms: Callable[[], int]
    _lost_ms: int | None = None
    _backoff: Backoff = field(init=False)

    def __post_init__(self) -> None:
        timing = self.timing
        self._backoff = Backoff(first_s=timing.first_wait_s, longest_s=timing.longest_wait_s)

    def run(self) -> Ended:
        """Reads to the end, over lost connections if live.

        Raises:
            UnreadableVideo: a file cannot be read or not be recorded as it is.
        """
        if not self.live:
            self._keep(lambda recorder: recorder.salvaged())
            try:
                return self._read_once()
            finally:
                self._keep(lambda recorder: recorder.close())
        self._keep(lambda recorder: recorder.resume(self.now_ms()))
        try:
            return self._follow()
        finally:
            self._keep(lambda recorder: recorder.finish(self.now_ms()))

    def _read_once(self) -> Ended:
        timeout_s = self.timing.timeout_s
        with open_video(self.url, camera_id=self.camera_id, timeout_s=timeout_s) as video:
            return self._read(video)

    def _follow(self) -> Ended:
        while not self.halt.is_set():
            try:
                ended = self._read_once()
                reason, cause = ended.detail or "the camera ended the stream", ended.cause
            except UnreadableVideo as error:
                reason, cause = str(error), error.cause
            if self.halt.is_set():
                break
            self._lose(reason, cause)
            self._wait(reason)
            self.tally.reconnects += 1
        return _STOPPED

    def _lose(self, reason: str, cause: GapCause) -> None:
        now_ms = self.now_ms()
        told_ms = now_ms - round(self.timing.held_back_s * 1000)
        self._keep(lambda recorder: recorder.lost(reason, since_ms=told_ms, cause=cause))
        if self._lost_ms is None:
            self._lost_ms = now_ms

    def _wait(self, reason: str) -> None:
        """Until the next attempt; says on the way when the camera has been gone for long."""
        wait_s = self._backoff.next_s()
        url = redacted(self.url)
        _log.warning(
            "camera_lost", camera=self.camera_id, url=url, reason=reason,
            retry_in_s=round(wait_s, 1),
        )  # fmt: skip
        since_ms = self._lost_ms or self.now_ms()
        due_s = self.timing.cut_off_s - (self.now_ms() - since_ms) / 1000
        due = due_s <= wait_s
        if due and due_s > 0:
            self.halt.wait(due_s)
            wait_s -= due_s
        if due and not self.halt.is_set():
            now_ms = self.now_ms()
            self.outage.out(self.stream, since_ms=since_ms, now_ms=now_ms, why=reason)
        self.halt.wait(wait_s)

    def _read(self, video: Video) -> Ended:
        """One connection, over as many time lines as it has."""
        begins_ms = self.start_ms
        if begins_ms is None and video.is_whole:  # a file behind an address comes at any speed
            begins_ms = self.now_ms()
        clock: StreamClock = ArrivalClock() if begins_ms is None else GivenClock(begins_ms)
        packets = self._paced(video, given=begins_ms is not None)
        first: VideoPacket | None = None
        while True:
            with self._looking(video, clock) as handing:
                line = _TimeLine(self, clock, handing)
                ended = line.follow(packets, first)
                if handing is not None:
                    handing.end(finish=ended is not _STOPPED)
            if not isinstance(ended, VideoPacket):
                self._tell_end(ended, line.until_ms)
                return ended
            first, clock = ended, clock.after(ended)

    def _tell_end(self, ended: Ended, until_ms: int) -> None:
        """A film that is over is no camera that was cut off."""
        if self.live or self.eyes is None or ended.early:
            return
        self.post(CameraEvent(camera_id=self.camera_id, time_ms=until_ms, what="ended"))

    def _paced(self, video: Video, *, given: bool) -> Iterator[VideoPacket | Ended]:
        """Every packet, of a file at its pace; the end is ``_STOPPED`` where somebody asked."""
        begun_s = time.monotonic()
        for packet in video.packets():
            if isinstance(packet, VideoPacket) and self.pace > 0 and given:
                self.halt.wait(max(0.0, begun_s + packet.time_s / self.pace - time.monotonic()))
            if self.halt.is_set():
                yield _STOPPED
                return
            yield packet

    @contextmanager
    def _looking(self, video: Video, clock: StreamClock) -> Iterator[Handing | None]:
        if self.eyes is None:
            yield None
            return
        with ThreadPoolExecutor(1, f"look-{self.camera_id}") as pool:
            handing = Handing(live=self.live, halt=self.halt, tally=self.tally)
            handing.looking = pool.submit(self.eyes.look, video, clock, handing)
            try:
                yield handing
            except BaseException:
                handing.abandon()
                raise
            handing.looking.result()

    def take(self, packet: VideoPacket, clock: StreamClock, handing: Handing | None) -> None:
        """One packet whose time is known: recorded, then handed to who looks."""
        time_ms = clock.utc_ms(packet.time_s)
        if self.recorder is not None:
            self.tally.packets += 1
            self._tell(self.recorder.feed(packet, time_ms))
            self.tally.dropped["before keyframe"] = self.recorder.skipped
        if handing is not None:
            handing.hand(packet)

    def arrived(self) -> None:
        """A packet came: whatever was lost is back."""
        self._backoff.reset()
        self._lost_ms = None
        self.outage.back(self.stream, now_ms=self.now_ms())

    def tell_clock(self, clock: StreamClock, news: ClockNews) -> None:
        """Something about the camera's time; where it is another time line, one part ends."""
        if news.of_stream and news.what == "clock_jumped":
            said = f"the stream's time jumped by {news.by_ms / 1000:.1f} s"
            self._keep(lambda recorder: recorder.lost(said, cause=GapCause.CLOCK))
        inputs = {"by_ms": round(news.by_ms, 1), "of_stream": float(news.of_stream)}
        if news.ppm:
            inputs["ppm"] = round(news.ppm, 1)
        if clock.offset_ms is not None:
            inputs["offset_ms"] = float(clock.offset_ms)
        inputs["uncertainty_ms"] = float(clock.uncertainty_ms)
        whose = "the stream's time" if news.of_stream else "the camera's clock"
        self.post(
            CameraEvent(
                camera_id=self.camera_id, time_ms=self.now_ms(), what=news.what, inputs=inputs,
                detail=f"{self.stream} stream: {whose}",
            )
        )  # fmt: skip

    def note_clock(self, clock: StreamClock, since_ms: int) -> None:
        """Writes down how this time line is mapped to UTC."""
        if self.live and clock.settled:
            note = ClockNote(
                camera_id=self.camera_id, stream=self.stream, since_ms=since_ms,
                at_ms=self.now_ms(), offset_ms=clock.offset_ms,
                uncertainty_ms=clock.uncertainty_ms, drift_ppm=clock.drift_ppm,
            )  # fmt: skip
            self.events.put(note, wait=False)

    def _keep(self, ask: Callable[[Recorder], list[Part | Gap]]) -> None:
        if self.recorder is not None:
            self._tell(ask(self.recorder))

    def _tell(self, events: list[Part | Gap]) -> None:
        for event in events:
            if isinstance(event, Part):
                self.tally.parts += 1
            else:
                self.tally.gaps += 1
            self.events.put(event, wait=False)


class _TimeLine:
    """Packets of a connection until its time is set anew; held until their UTC is known."""

    def __init__(self, reader: Reader, clock: StreamClock, handing: Handing | None) -> None:
        self._reader, self._clock, self._handing = reader, clock, handing
        self._held: list[VideoPacket] = []
        self._since_ms: int | None = None
        self._noted_ms = 0.0
        self.until_ms = reader.now_ms()

    def follow(
        self, packets: Iterator[VideoPacket | Ended], first: VideoPacket | None
    ) -> Ended | VideoPacket:
        """Returns how the source ended, or the packet with which another time line begins."""
        ended = self._take(first) if first is not None else None
        while ended is None:
            packet = next(packets)
            ended = packet if isinstance(packet, Ended) else self._take(packet)
        self._clock.settle()
        self._release()
        if self._since_ms is not None:
            self._reader.note_clock(self._clock, self._since_ms)
        return ended

    def _take(self, packet: VideoPacket) -> Ended | VideoPacket | None:
        if self._handing is not None and self._handing.failed:
            return _STOPPED
        reader, clock = self._reader, self._clock
        reader.arrived()
        arrived_ms = reader.now_ms()
        news = clock.hear(packet, arrived_ms)
        if news is not None:
            reader.tell_clock(clock, news)
            if news.of_stream and news.what == "clock_jumped":
                return packet
        self._held.append(packet)
        if clock.settled:
            self._release()
            if arrived_ms - self._noted_ms > _NOTE_EVERY_MS and self._since_ms is not None:
                self._noted_ms = arrived_ms
                reader.note_clock(clock, self._since_ms)
        return None

    def _release(self) -> None:
        if not self._clock.settled:
            return
        held, self._held = self._held, []
        for packet in held:
            if self._since_ms is None:
                self._since_ms = round(self._clock.utc_ms(packet.time_s))
            self.until_ms = round(self._clock.utc_ms(packet.time_s))
            self._reader.take(packet, self._clock, self._handing)
