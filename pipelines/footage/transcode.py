"""Makes H.264 with regular keyframes out of any video, once, before a demo. Never for evidence."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame

from pipelines.footage.decode import Decoder, Picture
from pipelines.footage.read import Video, open_video
from pipelines.footage.types import Ended, UnreadableVideo

_TICK = Fraction(1, 90_000)
_LENS_COVER_LUMA = 18  # video black is 16: a hand or cap over the lens lets nearly nothing through
_LENS_COVER_NOISE = 3


def to_h264(
    source: Path, target: Path, *, gop_s: float = 1.0, covered_s: tuple[float, float] | None = None
) -> None:
    """Writes an MP4 (H.264, yuv420p, no B-frames) with a keyframe every ``gop_s``.

    Args:
        covered_s: span, in seconds of the source, in which a lens cover replaces the picture.

    Raises:
        UnreadableVideo: the source cannot be read.
    """
    partial = target.with_name(target.name + ".tmp")
    try:
        with open_video(str(source)) as video:
            _encode(video, partial, gop_s=gop_s, covered_s=covered_s)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _encode(
    video: Video, target: Path, *, gop_s: float, covered_s: tuple[float, float] | None
) -> None:
    width, height = (side & ~1 for side in video.size_px)  # yuv420p needs even sides
    noise = np.random.default_rng(1)
    next_key_s = 0.0
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as out:
        options = {
            "preset": "veryfast", "crf": "23", "bf": "0", "sc_threshold": "0", "forced-idr": "1",
        }  # fmt: skip
        stream = out.add_stream("libx264", rate=video.stream.average_rate or 25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 100_000  # keyframes come only where they are asked for
        stream.codec_context.time_base = _TICK
        for picture in _pictures(video):
            covered = covered_s is not None and covered_s[0] <= picture.time_s < covered_s[1]
            frame = (
                _lens_cover(width, height, noise)
                if covered
                else picture.raw.reformat(width=width, height=height, format="yuv420p")
            )
            is_key = picture.time_s >= next_key_s - 1e-6
            if is_key:
                next_key_s = (picture.time_s // gop_s + 1) * gop_s
            frame.pict_type = PictureType.I if is_key else PictureType.NONE
            frame.pts, frame.time_base = round(picture.time_s / _TICK), _TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _pictures(video: Video) -> Iterator[Picture]:
    decoder = Decoder(video)
    found = False
    for packet in video.packets():
        pictures = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
        found = found or bool(pictures)
        yield from pictures
    if not found:
        raise UnreadableVideo("the source holds no picture that can be decoded; give another file")


def _lens_cover(width: int, height: int, noise: np.random.Generator) -> VideoFrame:
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    grain = noise.integers(0, _LENS_COVER_NOISE + 1, (height, width), dtype=np.uint8)
    planes[:height] = _LENS_COVER_LUMA + grain
    return VideoFrame.from_ndarray(planes, format="yuv420p")
