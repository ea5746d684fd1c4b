"""Makes H.264 with regular keyframes out of any video, once, before a demo. Never for evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from pipelines.footage.decode import Decoder, Picture
from pipelines.footage.read import Video, open_video
from pipelines.footage.types import Ended, UnreadableVideo

_TICK = Fraction(1, 90_000)

Alter = Callable[[float, NDArray[np.uint8]], NDArray[np.uint8]]
"""Gets a picture's time in the source, s, and its BGR ``(height, width, 3)``; gives another."""


def to_h264(
    source: Path, target: Path, *, gop_s: float = 1.0, times: int = 1, alter: Alter | None = None
) -> None:
    """Writes an MP4 (H.264, yuv420p, no B-frames) with a keyframe every ``gop_s``.

    Args:
        times: the source is shown so often, one after the other.
        alter: what is shown instead of each picture, in order.

    Raises:
        UnreadableVideo: the source cannot be read.
    """
    partial = target.with_name(target.name + ".tmp")
    try:
        with open_video(str(source)) as video:
            pictures = _pictures(source, times)
            _encode(video, pictures, partial, gop_s=gop_s, alter=alter)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _encode(
    video: Video, pictures: Iterator[Picture], target: Path, *, gop_s: float, alter: Alter | None
) -> None:
    width, height = (side & ~1 for side in video.size_px)  # yuv420p needs even sides
    next_key_s = 0.0
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as out:
        options = {
            "preset": "veryfast", "crf": "23", "bf": "0", "sc_threshold": "0", "forced-idr": "1",
        }  # fmt: skip
        stream = out.add_stream("libx264", rate=video.stream.average_rate or 25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 100_000  # keyframes come only where they are asked for
        stream.codec_context.time_base = _TICK
        for picture in pictures:
            frame = picture.raw if alter is None else _altered(picture, alter)
            frame = frame.reformat(width=width, height=height, format="yuv420p")
            is_key = picture.time_s >= next_key_s - 1e-6
            if is_key:
                next_key_s = (picture.time_s // gop_s + 1) * gop_s
            frame.pict_type = PictureType.I if is_key else PictureType.NONE
            frame.pts, frame.time_base = round(picture.time_s / _TICK), _TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _pictures(source: Path, times: int) -> Iterator[Picture]:
    from_s = 0.0
    for _ in range(times):
        until_s = from_s
        with open_video(str(source)) as video:
            for picture, shown_s in _once(video):
                yield Picture(time_s=from_s + picture.time_s, raw=picture.raw)
                until_s = max(until_s, from_s + picture.time_s + shown_s)
        if until_s == from_s:
            raise UnreadableVideo(
                "the source holds no picture that can be decoded; give another file"
            )
        from_s = until_s


def _once(video: Video) -> Iterator[tuple[Picture, float]]:
    """Pictures, and how long each is shown, s."""
    decoder, shown_s = Decoder(video), 1 / float(video.stream.average_rate or 25)
    for packet in video.packets():
        pictures = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
        for picture in pictures:
            yield picture, shown_s


def _altered(picture: Picture, alter: Alter) -> VideoFrame:
    shown = alter(picture.time_s, picture.bgr(width_px=picture.raw.width))
    return VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="bgr24")
