"""Small real videos of a scene that is still, relit or crossed by something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.footage.transcode import to_h264

Draw = Callable[[NDArray[np.uint8], int], None]
MakeVideo = Callable[[Draw | None, int], Path]


def scene(number: int) -> NDArray[np.uint8]:
    """A textured room of 320 x 240 with sensor noise (sigma 4) of its own in every frame."""
    across = 60 + 100 * (np.arange(320) // 40 % 2) + np.arange(240)[:, None] // 4
    noise = np.random.default_rng(number).normal(0, 4, (240, 320))
    grey = np.clip(across + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


@pytest.fixture(scope="session")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """Writes H.264, 10 fps, a keyframe a second; ``draw(picture, number)`` changes the scene."""

    def make(draw: Draw | None, seconds: int) -> Path:
        folder = tmp_path_factory.mktemp("video")
        raw = folder / "raw.avi"
        with av.open(str(raw), "w") as out:
            stream = out.add_stream("mjpeg", rate=10, options={"qmin": "2", "qmax": "2"})
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
            for number in range(seconds * 10):
                picture = scene(number)
                if draw is not None:
                    draw(picture, number)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            out.mux(stream.encode(None))
        to_h264(raw, folder / "h264.mp4")
        return folder / "h264.mp4"

    return make


@pytest.fixture(scope="session")
def still_video(make_video: MakeVideo) -> Path:
    """Twelve seconds in which nothing moves."""
    return make_video(None, 12)


@pytest.fixture(scope="session")
def moving_video(make_video: MakeVideo) -> Path:
    """Twelve seconds; from 6 s on a square of 24 px walks through."""

    def walk(picture: NDArray[np.uint8], number: int) -> None:
        if number >= 60:
            left = (number - 60) * 4
            picture[100:124, left : left + 24] = 250

    return make_video(walk, 12)
