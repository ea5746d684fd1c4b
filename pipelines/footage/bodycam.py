"""Films as a body-worn camera does: picture and sound in one MP4, dated, regular keyframes.

For demos and for measuring what the examination of recordings finds. Never for evidence: what it
shows is another film, swayed as if by a walking person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.bitstream import BitStreamFilterContext
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from pipelines.footage.decode import Decoder
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended

_TICK, _SOUND_HZ, _SOUND_FRAME = Fraction(1, 90_000), 16_000, 1024
_SEEN = 0.75  # share of the source's width that the camera sees at once


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyCamera:
    """How a model of camera records.

    Attributes:
        names: handler names of its picture and its sound track.
    """

    width: int = 640
    height: int = 360
    rate_hz: int = 25
    gop_s: float = 1.0
    bits_s: int = 1_500_000
    names: tuple[str, str] = ("DSJ-Video", "DSJ-Audio")


def film(
    source: Path,
    target: Path,
    *,
    start_ms: int,
    seconds: float,
    camera: BodyCamera | None = None,
    seed: int = 0,
) -> None:
    """Films ``seconds`` of a video, which begins anew where it is too short.

    Args:
        start_ms: epoch ms, written as the file's time of making.
        seed: of the sway, the place in the source and the noise.

    Raises:
        UnreadableVideo: the source cannot be read.
    """
    made = camera or BodyCamera()
    options = {"movflags": "faststart", "fflags": "+bitexact"}  # a camera is no Lavf
    with av.open(str(target), "w", format="mp4", options=options) as out:
        moment = dt.datetime.fromtimestamp(start_ms / 1000, dt.UTC)
        out.metadata["creation_time"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        video, sound = _video(out, made), _sound(out, made)
        # x264 signs its name into the stream; a camera's chip does not
        unsigned = BitStreamFilterContext("filter_units=remove_types=6", video)
        sounds = _heard(seconds, seed)
        heard = next(sounds, None)
        for number, picture in enumerate(_seen(source, made, seconds, seed)):
            for packet in video.encode(_frame(picture, number, made)):
                out.mux(unsigned.filter(packet))
            while heard is not None and (heard.pts or 0) * made.rate_hz <= (number + 1) * _SOUND_HZ:
                out.mux(sound.encode(heard))
                heard = next(sounds, None)
        for packet in video.encode(None):
            out.mux(unsigned.filter(packet))
        out.mux(sound.encode(None))


def _video(out: Any, made: BodyCamera) -> Any:
    options = {
        "preset": "superfast", "bf": "0", "sc_threshold": "0", "forced-idr": "1",
        "b": str(made.bits_s), "maxrate": str(made.bits_s), "bufsize": str(made.bits_s),
    }  # fmt: skip
    stream = out.add_stream("libx264", rate=made.rate_hz, options=options)
    stream.width, stream.height, stream.pix_fmt = made.width, made.height, "yuv420p"
    stream.codec_context.gop_size = 100_000  # keyframes come only where they are asked for
    stream.codec_context.thread_count = 1
    stream.metadata["handler_name"] = made.names[0]
    return stream


def _sound(out: Any, made: BodyCamera) -> Any:
    stream = out.add_stream("aac", rate=_SOUND_HZ, options={"flags": "+bitexact"})
    stream.codec_context.layout = "mono"
    stream.metadata["handler_name"] = made.names[1]
    return stream


def _frame(picture: NDArray[np.uint8], number: int, made: BodyCamera) -> VideoFrame:
    frame = VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    every = round(made.gop_s * made.rate_hz)
    frame.pict_type = PictureType.I if number % every == 0 else PictureType.NONE
    frame.pts, frame.time_base = number, Fraction(1, made.rate_hz)
    return frame


def _seen(source: Path, made: BodyCamera, seconds: float, seed: int) -> Iterator[NDArray[np.uint8]]:
    """BGR pictures of the camera's size through a window that sways."""
    random = np.random.default_rng(seed)
    at = random.uniform(0.2, 0.8, 2)
    pace = np.zeros(2)
    skip = int(random.integers(0, 200))
    pictures = _endless(source)
    for _ in range(skip):
        next(pictures)
    for _ in range(round(seconds * made.rate_hz)):
        whole = next(pictures)
        pace = 0.93 * pace + random.normal(0, 0.0015, 2) + 0.0008 * (0.5 - at)
        at = np.clip(at + pace, 0, 1)
        yield _window(whole, made, at, random)


def _window(
    whole: NDArray[np.uint8],
    made: BodyCamera,
    at: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.uint8]:
    width = whole.shape[1] * _SEEN
    height = min(width * made.height / made.width, whole.shape[0] * _SEEN)
    left, top = at * (whole.shape[1] - width, whole.shape[0] - height)
    scale_x, scale_y = width / made.width, height / made.height
    move = np.array([[scale_x, 0, left], [0, scale_y, top]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(whole, move, (made.width, made.height), flags=flags)
    noise = random.integers(-3, 4, seen.shape[:2], dtype=np.int16)[..., None]
    return np.asarray(np.clip(seen.astype(np.int16) + noise, 0, 255), np.uint8)


def _endless(source: Path) -> Iterator[NDArray[np.uint8]]:
    while True:
        with open_video(str(source)) as video:
            decoder = Decoder(video)
            for packet in video.packets():
                pictures = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
                for picture in pictures:
                    yield picture.bgr(width_px=picture.raw.width)


def _heard(seconds: float, seed: int) -> Iterator[AudioFrame]:
    """Sound like a voice in a room: a tone that comes and goes, and noise."""
    random = np.random.default_rng(seed + 1)
    for number in range(round(seconds * _SOUND_HZ / _SOUND_FRAME)):
        at_s = (number * _SOUND_FRAME + np.arange(_SOUND_FRAME)) / _SOUND_HZ
        voice = np.sin(2 * np.pi * 180 * at_s) * np.maximum(0, np.sin(2 * np.pi * 0.7 * at_s))
        wave = (0.2 * voice + random.normal(0, 0.01, _SOUND_FRAME)).astype(np.float32)
        frame = AudioFrame.from_ndarray(wave[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = _SOUND_HZ, number * _SOUND_FRAME
        frame.time_base = Fraction(1, _SOUND_HZ)
        yield frame
