"""Owns real pictures as capture nodes send them, and the bare network's pace on the same ones."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.picture import decode_jpeg
from models.session import DetectorSession, bundled_card_path
from pipelines.footage.decode import Decoder, jpeg
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended
from pipelines.gateways.capture.types import CameraSource, FrameMessage, encode
from pipelines.runtime import wall_clock_ms
from tests.benchmarks.bed import Record
from tests.benchmarks.fleet import START_MS

EVERY = 6
"""Of the video's frames (10 a second), one in so many is used."""
LOOK_EVERY_MS = 5_000
BATCHES = (1, 2, 4, 8)


class Film:
    """Frames of many cameras; each camera's time goes on with each of its frames."""

    def __init__(self, video: Path, cameras: list[str]) -> None:
        self.jpegs = _pictures(video)
        quality = CameraSource(camera_id="", url="").jpeg_quality
        self._cap = jpeg(np.full((480, 640, 3), 6, np.uint8), quality=quality)
        self._cameras = cameras
        self._looks = dict.fromkeys(cameras, 0)
        self._sent = 0

    def frame(self, camera: str) -> Record:
        """The next frame of a camera, logged now."""
        self._sent += 1
        return self._record(camera, self.jpegs[self._sent % len(self.jpegs)])

    def capped(self, camera: str) -> Record:
        """A rendered lens cap before a camera: after ten seconds of it there is an alert."""
        return self._record(camera, self._cap)

    def _record(self, camera: str, data: bytes) -> Record:
        seq = self._looks[camera]
        self._looks[camera] = seq + 1
        message = FrameMessage(
            camera_id=camera, time_ms=START_MS + seq * LOOK_EVERY_MS, seq=seq, reason="timed",
            jpeg=data, sha256=hashlib.sha256(data).hexdigest(), changed_share=0.1, width_px=640,
            height_px=480, logged_ms=wall_clock_ms(),
        )  # fmt: skip
        return camera.encode(), encode(message)


class BareSession:
    """The same network and threads, fed pictures that were decoded and fitted beforehand."""

    def __init__(self, jpegs: list[bytes], *, threads: int) -> None:
        self._session = DetectorSession.load(bundled_card_path(), threads=threads)
        self._fitted = self._session.prepare([decode_jpeg(data) for data in jpegs])
        self.batch = max(BATCHES, key=self._pace)

    def per_second(self) -> float:
        """Frames a second, over all of them."""
        return self._pace(self.batch)

    def _pace(self, batch: int) -> float:
        parts: list[NDArray[np.float32]] = [
            self._fitted[i : i + batch] for i in range(0, len(self._fitted), batch)
        ]
        began = time.perf_counter()
        for part in parts:
            self._session.run(part)
        return len(self._fitted) / (time.perf_counter() - began)


def _pictures(video: Path) -> list[bytes]:
    """JPEGs as a capture node sends them: scaled to its width, in its quality."""
    source = CameraSource(camera_id="", url=str(video))
    found: list[bytes] = []
    with open_video(source.url) as opened:
        decoder = Decoder(opened)
        number = 0
        for packet in opened.packets():
            pictures = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
            for picture in pictures:
                if number % EVERY == 0:
                    bgr = picture.bgr(width_px=source.frame_width_px)
                    found.append(jpeg(bgr, quality=source.jpeg_quality))
                number += 1
    return found
