"""A real, small H.264 film with a moving bar, for a browser to play."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SECONDS, RATE = 6, 15


def film(path: Path, width: int = 480, height: int = 270) -> None:
    """Writes ``SECONDS`` of film as MP4 with its index in front."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(SECONDS * RATE):
            frame = av.VideoFrame.from_ndarray(_picture(number, width, height), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _picture(
    number: int, width: int, height: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 2] = np.linspace(60, 150, height, dtype=np.uint8)[:, None]
    picture[..., 1] = 70
    left = number * 5 % (width - 40)
    picture[height // 3 : height // 2, left : left + 40] = (235, 225, 190)
    return picture
