"""Renders the films that cameras are measured on, out of vtest.avi. Kept beside it, made once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.footage.decode import Decoder
from pipelines.footage.read import open_video
from pipelines.footage.transcode import to_h264
from pipelines.footage.types import Ended

FPS = 10
EPISODES = 3
"""Times that people come, in the mixed film."""
NOISE_LUMA = 2.0
"""Standard deviation of a camera's noise by day."""
DRIFT, DRIFT_S = 0.08, 180.0
"""The light goes up and down by so large a share, as clouds do it."""
SUB_STREAM = (640, 360, 12, 2.0)
"""Of a usual camera's second stream: width, height, frames a second, seconds between keyframes."""

Planes = NDArray[np.uint8]
"""A yuv420p picture as PyAV lays it out, ``(height * 3 / 2, width)``."""


def busy(video: Path) -> Path:
    """The video as H.264, a keyframe a second, as cameras send it."""
    target = video.with_name("busy-1.mp4")
    if not target.exists():
        to_h264(video, target)
    return target


def mixed(video: Path, seconds: int) -> Path:
    """Nine tenths of an empty scene with noise and changing light, one tenth of the video."""
    target = video.with_name(f"mixed-1-{seconds}s.mp4")
    if not target.exists():
        film = pictures(video)
        write(target, _mix(film, seconds * FPS), fps=FPS, gop_s=1.0)
    return target


def still(video: Path, seconds: int) -> Path:
    """The empty scene in a sub-stream's size and pace."""
    width, height, fps, gop_s = SUB_STREAM
    target = video.with_name(f"still-1-{seconds}s.mp4")
    if not target.exists():
        empty = resized(background(pictures(video)), width, height)
        light = Light()
        film = (light.on(empty, number / fps) for number in range(seconds * fps))
        write(target, film, fps=fps, gop_s=gop_s)
    return target


def _mix(film: list[Planes], frames: int) -> Iterator[Planes]:
    """In each of the equal parts people come in the middle, another stretch of the video."""
    empty, light = background(film), Light()
    part, shown = frames // EPISODES, frames // EPISODES // 10
    for number in range(frames):
        episode, inside = divmod(number, part)
        at = inside - (part - shown) // 2
        with_people = episode < EPISODES and 0 <= at < shown
        picture = film[(episode * len(film) // EPISODES + at) % len(film)] if with_people else empty
        yield light.on(picture, number / FPS)


class Light:
    """Noise and slow changes of light on the brightness of pictures; the same every time."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(20261123)
        self._grain: list[NDArray[np.float32]] = []

    def on(self, planes: Planes, time_s: float) -> Planes:
        """The picture in this light."""
        height, width = planes.shape[0] * 2 // 3, planes.shape[1]
        if not self._grain:
            self._grain = [
                self._rng.normal(0, NOISE_LUMA, (height, width)).astype(np.float32)
                for _ in range(12)
            ]
        gain = 1 + DRIFT * math.sin(2 * math.pi * time_s / DRIFT_S)
        grain = self._grain[int(self._rng.integers(len(self._grain)))]
        grain = np.roll(grain, tuple(self._rng.integers(0, min(height, width), 2)), (0, 1))
        made = planes.copy()
        made[:height] = np.clip(planes[:height] * np.float32(gain) + grain, 16, 235)
        return made


def pictures(video: Path) -> list[Planes]:
    """All pictures of a video."""
    found: list[Planes] = []
    with open_video(str(video)) as opened:
        decoder = Decoder(opened)
        for packet in opened.packets():
            some = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
            planes = (p.raw.reformat(format="yuv420p").to_ndarray() for p in some)
            found += [np.asarray(one, np.uint8) for one in planes]
    return found


def background(film: list[Planes]) -> Planes:
    """The scene without those who pass: the median of pictures over the whole film."""
    return np.asarray(np.median(film[:: max(1, len(film) // 60)], axis=0), np.uint8)


def resized(planes: Planes, width: int, height: int) -> Planes:
    """Another size; what does not fit the shape is cut off above."""
    bgr = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    rows = bgr.shape[1] * height // width
    fitted = cv2.resize(bgr[-rows:], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(fitted, cv2.COLOR_BGR2YUV_I420), np.uint8)


def write(target: Path, film: Iterator[Planes], *, fps: int, gop_s: float) -> None:
    """Writes H.264 as a camera makes it: no B-frames, keyframes at regular times."""
    partial = target.with_name(target.name + ".tmp")
    options = {"preset": "veryfast", "crf": "25", "bf": "0", "sc_threshold": "0"}
    with av.open(str(partial), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=fps, options=options)
        for number, planes in enumerate(film):
            if number == 0:
                stream.width, stream.height = planes.shape[1], planes.shape[0] * 2 // 3
                stream.pix_fmt, stream.codec_context.gop_size = "yuv420p", round(fps * gop_s)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    partial.replace(target)
