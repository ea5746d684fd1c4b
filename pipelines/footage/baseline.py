"""Writes pictures as a film that every browser plays: H.264 baseline. Never for evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_TICK = Fraction(1, 90_000)
_OPTIONS = {"preset": "veryfast", "crf": "25", "profile": "baseline"}


def write_baseline(
    target: Path,
    pictures: Iterable[tuple[float, NDArray[np.uint8]]],
    *,
    says: Mapping[str, str],
) -> None:
    """Writes an MP4 without sound, its index in front.

    Args:
        pictures: each with its time in seconds, rising, and as BGR uint8 ``(h, w, 3)``, all of one
            size; an odd row or column at the edge is left out.
        says: metadata of the file, such as ``title`` and ``comment``.

    Raises:
        RuntimeError: it cannot be written.
    """
    options = {"movflags": "faststart"}
    try:
        with av.open(str(target), "w", format="mp4", options=options) as out:
            out.metadata.update(says)
            stream = out.add_stream("libx264", rate=25, options=_OPTIONS)
            stream.pix_fmt, stream.codec_context.time_base = "yuv420p", _TICK
            for time_s, bgr in pictures:
                height, width = (side & ~1 for side in bgr.shape[:2])
                if not stream.codec_context.is_open:
                    stream.width, stream.height = width, height
                even = np.ascontiguousarray(bgr[:height, :width])
                frame = VideoFrame.from_ndarray(even, format="bgr24")
                frame.pts, frame.time_base = round(time_s / _TICK), _TICK
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise RuntimeError(f"{target.name} cannot be written: {error}") from error
