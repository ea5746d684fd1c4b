"""Owns one source through the camera plane, from packets to rules, in one thread.

The same analyser, session, tracker and rules as capture nodes and workers use. Must not record,
send or store.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from detectors import tracking, vision
from detectors.catalogue import Catalogue
from detectors.types import Scene
from models.batcher import Batcher
from models.live import LiveModel
from models.picture import UnreadablePicture
from pipelines.footage.read import Video, is_live, open_video, redacted
from pipelines.footage.types import Ended, UnreadableVideo
from pipelines.frames.look import look_of, measure
from pipelines.gateways.capture.analyse import Analyser
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally, Timing
from pipelines.watch.seconds import Ledger, Second, Summary

log = structlog.get_logger()

_BEHIND_MS = 3000  # a still camera is looked back on by up to a keyframe or two
_LARGEST_PX = 4096 * 2304
_AGAIN_AFTER_S = 3.0
_LOOK_EVERY_S = 5.0
_CUT_OFF_S = Timing().cut_off_s


def checked_size(size_px: tuple[int, int], url: str) -> None:
    """Sees that pictures are of a size that a machine can look at.

    Raises:
        UnreadableVideo: more than 4K, such as 8K: the sub-stream is meant for looking at.
    """
    width, height = size_px
    if width * height > _LARGEST_PX:
        raise UnreadableVideo(
            f"{redacted(url)} has pictures of {width}x{height} px, more than 4K; give the camera's "
            "sub-stream, or a smaller copy of the file"
        )


class Watcher:
    """One source; ``seconds`` yields what is seen, ``summary`` says what it came to.

    Args:
        start_ms: UTC of the first picture of a file; the moment of opening for None.
        card: of the model; the bundled one for None.

    Raises:
        ModelError: the model cannot be used.
    """

    def __init__(
        self, url: str, scene: Scene, catalogue: Catalogue, *, card: Path, fps: float,
        threads: int = 1, start_ms: int | None = None,
    ) -> None:  # fmt: skip
        self._url, self._scene, self._catalogue = url, scene, catalogue
        self._fps = fps
        self._live = is_live(url)
        self._model = LiveModel(card, threads=threads, most=1)
        self._start_ms = _now_ms() if start_ms is None or self._live else start_ms
        self._end_ms = self._start_ms
        self._ledger = Ledger(catalogue, self._start_ms)
        self._tally = Tally()
        self._seq = itertools.count()
        self._rules: vision.CameraState | None = None
        self._tracks: tracking.Tracks | None = None
        self._decode_s = self._detect_s = 0.0
        self._looks = self._lost_ms = 0
        self._cut_off = False
        self._ended = "stopped"

    def seconds(self, *, most: float | None = None) -> Iterator[Second]:
        """Every second of the source, in order; a live one goes on until somebody stops it.

        Args:
            most: how many seconds of the source to watch.

        Raises:
            UnreadableVideo: a file, or a stream at its first opening, cannot be read.
        """
        eyes = Batcher(self._model)
        try:
            yield from self._connection(eyes, most)
            while self._live and not self._enough(most):
                yield from self._wait()
                try:
                    yield from self._connection(eyes, most)
                except UnreadableVideo as error:
                    self._ledger.note(_now_ms(), str(error))
        finally:
            eyes.close()

    def rest(self) -> list[Second]:
        """The seconds not told yet, once no more are asked for."""
        return self._ledger.rest(self._end_ms)

    def summary(self) -> Summary:
        """What it came to so far."""
        seconds = self._ledger.seconds
        return Summary(
            seconds=seconds,
            seconds_with_a_person=self._ledger.with_a_person,
            looks=self._looks,
            frames_decoded=self._tally.frames_decoded,
            decode_ms=round(self._decode_s * 1000 / max(seconds, 1), 1),
            detect_ms=round(self._detect_s * 1000 / max(self._looks, 1), 1),
            rules={rule: count for rule, count in self._ledger.opened.items() if count},
            ended=self._ended,
        )

    def _connection(self, eyes: Batcher, most: float | None) -> Iterator[Second]:
        with open_video(self._url) as video:
            checked_size(video.size_px, self._url)
            zero_ms = _now_ms() if self._live else self._start_ms
            self._back()
            analyser = self._analyser(video, zero_ms)
            for packet in video.packets():
                if isinstance(packet, Ended):
                    self._end(packet)
                    self._see(eyes, self._timed(analyser.finish()))
                    break
                self._end_ms = max(self._end_ms, zero_ms + round(packet.time_s * 1000))
                if self._enough(most):
                    self._see(eyes, self._timed(analyser.finish()))
                    break
                self._see(eyes, self._timed(analyser.feed(packet)))
                yield from self._ledger.until(self._end_ms - _BEHIND_MS)
            self._note_undecodable()

    def _analyser(self, video: Video, zero_ms: int) -> Analyser:
        return Analyser(
            video,
            CameraSource(camera_id=self._scene.camera_id, url=self._url),
            self._tally,
            analyse_fps=self._fps,
            look_every_s=_LOOK_EVERY_S,
            at_ms=lambda time_s: zero_ms + round(time_s * 1000),
            next_seq=lambda: next(self._seq),
        )

    def _timed(self, frames: Iterator[FrameMessage]) -> list[FrameMessage]:
        began_s = time.process_time()
        made = list(frames)
        self._decode_s += time.process_time() - began_s
        return made

    def _see(self, eyes: Batcher, frames: list[FrameMessage]) -> None:
        for frame in frames:
            began_s = time.process_time()
            try:
                seen = eyes.submit(frame.jpeg, measure).result()
            except UnreadablePicture as error:
                self._ledger.note(frame.time_ms, str(error))
                continue
            self._detect_s += time.process_time() - began_s
            self._looks += 1
            self._tracks, look = tracking.track(self._tracks, look_of(frame, seen))
            self._rules, signals = vision.step_camera(
                self._rules, look, self._scene, self._catalogue,
                arrived_ms=_now_ms() if self._live else 0,
            )  # fmt: skip
            self._ledger.add(frame, look, signals)

    def _wait(self) -> Iterator[Second]:
        """A live stream was lost: says so, and lets time pass."""
        self._lost_ms = self._lost_ms or _now_ms()
        self._ledger.lost(self._lost_ms)
        lost_s = (_now_ms() - self._lost_ms) / 1000
        if lost_s >= _CUT_OFF_S and not self._cut_off:
            self._cut_off = True
            self._befall("cut_off", lost_s)
        self._ledger.note(_now_ms(), f"no picture for {lost_s:.0f} s; connecting again")
        time.sleep(_AGAIN_AFTER_S)
        self._end_ms = max(self._end_ms, _now_ms())
        if self._rules is not None:
            self._rules, signals = vision.pass_time(
                self._rules, self._end_ms, self._scene, self._catalogue
            )
            self._ledger.said(self._end_ms, signals)
        yield from self._ledger.until(self._end_ms - _BEHIND_MS)

    def _back(self) -> None:
        if self._cut_off:
            self._befall("restored", (_now_ms() - self._lost_ms) / 1000)
        self._lost_ms, self._cut_off = 0, False

    def _befall(self, what: str, lost_s: float) -> None:
        self._rules, signals = vision.on_event(
            self._rules, what, _now_ms(), {"lost_s": lost_s}, self._scene, self._catalogue
        )
        self._ledger.said(_now_ms(), signals)

    def _end(self, ended: Ended) -> None:
        self._ended = ended.detail or ended.reason
        if ended.early or self._live:
            self._ledger.note(self._end_ms, self._ended)

    def _note_undecodable(self) -> None:
        if bad := self._tally.dropped.pop("undecodable", 0):
            self._ledger.note(self._end_ms, f"{bad} packets could not be decoded")
        if not self._tally.frames_decoded and not self._live:
            raise UnreadableVideo(
                f"{redacted(self._url)} holds no picture that can be decoded; give another file"
            )

    def _enough(self, most: float | None) -> bool:
        return most is not None and self._end_ms - self._start_ms >= most * 1000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
