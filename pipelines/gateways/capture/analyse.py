"""Chooses which pictures of a camera are worth sending. Must not read, record or send."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.footage.decode import Decoder, Picture, jpeg
from pipelines.footage.read import Video, VideoPacket
from pipelines.gateways.capture.motion import MotionGate, MotionResult
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally

_STILL_AFTER_S = 3.0  # nothing moved for this long: keyframes are enough
_KEYS_WITHIN_S = 1.25  # ... if they come at least this often


class PacketChooser:
    """Says which packets the decoder needs: all while something moves, else keyframes."""

    def __init__(self, *, keyframes_when_still: bool) -> None:
        self._may_rest = keyframes_when_still
        self._last_key_s: float | None = None
        self._key_every_s = float("inf")
        self._moved_s = 0.0
        self.skipped: list[VideoPacket] = []

    def moved(self, time_s: float) -> None:
        """Something moved: decode on from here, catching up on what was skipped."""
        self._moved_s = max(self._moved_s, time_s)

    def lost(self) -> None:
        """Packets are missing: nothing can be decoded before the next keyframe."""
        self.skipped = []
        self._last_key_s = None

    def wants(self, packet: VideoPacket) -> list[VideoPacket]:
        """The packets to decode now that this one is here; none while resting."""
        if packet.is_key:
            if self._last_key_s is not None:
                self._key_every_s = packet.time_s - self._last_key_s
            self._last_key_s, self.skipped = packet.time_s, []
            return [packet]
        if self._last_key_s is None:
            return []
        if self._resting(packet.time_s, packet.time_s - self._last_key_s):
            self.skipped.append(packet)
            return []
        due, self.skipped = [*self.skipped, packet], []
        return due

    def _resting(self, time_s: float, since_key_s: float) -> bool:
        often = max(self._key_every_s, since_key_s) <= _KEYS_WITHIN_S
        return self._may_rest and often and time_s - self._moved_s > _STILL_AFTER_S


@dataclass(slots=True)
class _Seen:
    picture: Picture
    motion: MotionResult


class Analyser:
    """Packets of one connection in, messages out. One thread.

    Args:
        at_ms: epoch ms UTC of a time in the source.
        next_seq: counts messages over all connections of the camera.
    """

    def __init__(
        self, video: Video, camera: CameraSource, tally: Tally, *, analyse_fps: float,
        look_every_s: float, at_ms: Callable[[float], int], next_seq: Callable[[], int],
    ) -> None:  # fmt: skip
        self._decoder = Decoder(video)
        self._chooser = PacketChooser(keyframes_when_still=camera.keyframes_when_still)
        self._gate = MotionGate()
        self._camera, self._tally = camera, tally
        self._analyse_every_s = 1 / analyse_fps
        self._look_every_s = look_every_s
        self._at_ms, self._next_seq = at_ms, next_seq
        self._due_s = self._look_due_s = 0.0
        self._unsent: _Seen | None = None  # the newest picture, while it is not sent

    def lost(self) -> None:
        """Packets were dropped before the next one given."""
        self._chooser.lost()

    def feed(self, packet: VideoPacket) -> Iterator[FrameMessage]:
        """The messages that this packet gives rise to."""
        for wanted in self._chooser.wants(packet):
            yield from self._looks(self._decoder.decode(wanted))
        self._count_undecodable()

    def finish(self) -> Iterator[FrameMessage]:
        """At the end of a file: what is still inside, and the last picture as a last look."""
        for skipped in self._chooser.skipped:
            yield from self._looks(self._decoder.decode(skipped))
        yield from self._looks(self._decoder.flush())
        self._count_undecodable()
        if self._unsent is not None:
            yield self._message(self._unsent, timed=True)

    def _count_undecodable(self) -> None:
        if self._decoder.undecodable:
            self._tally.dropped["undecodable"] += self._decoder.undecodable
            self._decoder.undecodable = 0

    def _looks(self, pictures: list[Picture]) -> Iterator[FrameMessage]:
        for picture in pictures:
            self._tally.frames_decoded += 1
            if picture.time_s >= self._due_s - 1e-3:
                while self._due_s <= picture.time_s + 1e-3:
                    self._due_s += self._analyse_every_s
                yield from self._look(picture)
            elif self._unsent is None or picture.time_s > self._unsent.picture.time_s:
                still = MotionResult(moving=False, changed_share=0.0)
                self._unsent = _Seen(picture, still)

    def _look(self, picture: Picture) -> Iterator[FrameMessage]:
        seen = _Seen(picture, self._gate.step(picture.luma()))
        timed = picture.time_s >= self._look_due_s - 1e-3
        if seen.motion.moving:
            self._chooser.moved(picture.time_s)
        if timed:
            while self._look_due_s <= picture.time_s + 1e-3:
                self._look_due_s += self._look_every_s
        if timed or seen.motion.moving:
            self._unsent = None
            yield self._message(seen, timed=timed)
        else:
            self._unsent = seen
            self._tally.frames_still += 1

    def _message(self, seen: _Seen, *, timed: bool) -> FrameMessage:
        bgr = seen.picture.bgr(width_px=self._camera.frame_width_px)
        data = jpeg(bgr, quality=self._camera.jpeg_quality)
        return FrameMessage(
            camera_id=self._camera.camera_id,
            time_ms=self._at_ms(seen.picture.time_s),
            seq=self._next_seq(),
            reason="timed" if timed else "motion",
            jpeg=data,
            sha256=hashlib.sha256(data).hexdigest(),
            changed_share=seen.motion.changed_share,
            width_px=bgr.shape[1],
            height_px=bgr.shape[0],
        )
