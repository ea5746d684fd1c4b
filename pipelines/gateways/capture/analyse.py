"""Looks at a camera's pictures and makes messages of those worth sending. Must not read or record.

What costs most is done least: packets are decoded only up to a picture that is due
(``chooser``), looks become rarer as a scene calms down (``attention``), and colour, size and JPEG
are made of sent pictures alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.footage.decode import Decoder, Picture, jpeg
from pipelines.footage.read import Video, VideoPacket
from pipelines.gateways.capture.attention import Attention
from pipelines.gateways.capture.chooser import PacketChooser
from pipelines.gateways.capture.masks import Masks
from pipelines.gateways.capture.motion import LONG_SIDE_PX, MotionGate, MotionResult
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally

_EARLY_S = 0.25  # a keyframe that comes so little before its time will do
_TICK_S = 1e-3
_BACK_S = 2.0  # pictures come out of order by less


@dataclass(slots=True)
class _Seen:
    picture: Picture
    motion: MotionResult


class Analyser:
    """Packets of one connection in, messages out, in order of time. One thread.

    Args:
        analyse_fps: looks a second, at most.
        look_every_s: between pictures that are sent whatever they show; while nothing moves they
            wait for a keyframe.
        at_ms: epoch ms UTC of a time in the source.
        next_seq: counts messages over all connections of the camera.
    """

    def __init__(
        self, video: Video, camera: CameraSource, tally: Tally, *, analyse_fps: float,
        look_every_s: float, at_ms: Callable[[float], int], next_seq: Callable[[], int],
    ) -> None:  # fmt: skip
        self._decoder = Decoder(video)
        self._every_s, self._look_every_s = 1 / analyse_fps, look_every_s
        self._early_s = min(_EARLY_S, self._every_s / 2)
        self._chooser = PacketChooser(early_s=self._early_s)
        self._attention = Attention(every_s=self._every_s, may_rest=camera.keyframes_when_still)
        self._gate, self._masks = MotionGate(), Masks(camera.masks)
        self._camera, self._tally = camera, tally
        self._at_ms, self._next_seq = at_ms, next_seq
        self._look_due_s = 0.0
        self._looked_s = float("-inf")
        self._unsent: _Seen | None = None  # the newest picture, while it is not sent

    def lost(self) -> None:
        """Packets were dropped before the next one given."""
        self._chooser.lost()

    def feed(self, packet: VideoPacket) -> Iterator[FrameMessage]:
        """The messages that this packet gives rise to."""
        if packet.time_s < self._looked_s - _BACK_S:
            self._begin_again(packet.time_s)
        pictures = self._decode(self._chooser.wants(packet))
        for number, picture in enumerate(pictures):
            if picture is pictures[-1] or picture.time_s >= self._chooser.due_s - _TICK_S:
                yield from self._look(picture, before=pictures[:number])

    def finish(self) -> Iterator[FrameMessage]:
        """At the end of a file: what is still inside, and the last picture as a last look."""
        pictures = self._decode(self._chooser.waiting) + self._kept(self._decoder.flush())
        for picture in pictures:
            if picture.time_s >= self._chooser.due_s - _TICK_S:
                yield from self._look(picture, before=[])
            elif self._unsent is None or picture.time_s > self._unsent.picture.time_s:
                self._unsent = _Seen(picture, MotionResult.nothing())
        if self._unsent is not None:
            yield self._message(self._unsent, timed=True)

    def _begin_again(self, time_s: float) -> None:
        """The source's clock went back: looks are due by its new time."""
        self._attention.begin_again(time_s)
        self._chooser.begin_again()
        self._looked_s, self._look_due_s = float("-inf"), time_s

    def _decode(self, packets: list[VideoPacket]) -> list[Picture]:
        found = [p for packet in packets for p in self._decoder.decode(packet)]
        return self._kept(found)

    def _kept(self, pictures: list[Picture]) -> list[Picture]:
        self._tally.frames_decoded += len(pictures)
        if self._decoder.undecodable:
            self._tally.dropped["undecodable"] += self._decoder.undecodable
            self._decoder.undecodable = 0
        return pictures

    def _look(self, picture: Picture, *, before: list[Picture]) -> Iterator[FrameMessage]:
        if picture.time_s <= self._looked_s:  # a source whose clock runs backwards
            return
        motion = self._measure(picture)
        if motion.moving and self._chooser.resting:
            yield from self._look_back(before, until_s=picture.time_s)
        yield from self._judge(_Seen(picture, motion))

    def _look_back(self, before: list[Picture], *, until_s: float) -> Iterator[FrameMessage]:
        """Somebody came while looks were rare: what was passed over since the last one."""
        self._chooser.resting = False
        for picture in before or self._decode(self._chooser.before_and_key()):
            due_s = self._looked_s + self._every_s - _TICK_S
            if due_s <= picture.time_s < until_s - self._early_s:
                yield from self._judge(_Seen(picture, self._measure(picture)))

    def _measure(self, picture: Picture) -> MotionResult:
        return self._gate.step(
            self._masks.paint(picture.luma(long_side_px=LONG_SIDE_PX)), picture.time_s
        )

    def _judge(self, seen: _Seen) -> Iterator[FrameMessage]:
        time_s = self._looked_s = seen.picture.time_s
        timed = time_s >= self._look_due_s - self._early_s
        passed = (time_s + self._early_s) // self._look_every_s
        self._look_due_s = (passed + 1) * self._look_every_s
        verdict = self._attention.step(time_s, seen.motion, timed=timed)
        self._chooser.resting = verdict.resting
        ticks = round(time_s / self._every_s) + round(verdict.wait_s / self._every_s)
        self._chooser.due_s = min(ticks * self._every_s, self._look_due_s)
        if verdict.send:
            self._unsent = None
            yield self._message(seen, timed=timed)
            return
        self._unsent = seen
        if seen.motion.moving:
            self._tally.frames_alike += 1
        else:
            self._tally.frames_still += 1

    def _message(self, seen: _Seen, *, timed: bool) -> FrameMessage:
        bgr = self._masks.paint(seen.picture.bgr(width_px=self._camera.frame_width_px))
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
