"""Small real videos: H.264 with a keyframe a second, made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from pipelines.footage.transcode import to_h264

MakeVideo = Callable[..., Path]


@pytest.fixture(scope="session")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """Writes ``seconds`` of a square that moves over noise, 10 fps, 160 x 120."""

    def make(seconds: int = 6, **options: object) -> Path:
        folder = tmp_path_factory.mktemp("video")
        noise = np.random.default_rng(7)
        raw = folder / "raw.avi"
        with av.open(str(raw), "w") as out:
            stream = out.add_stream("mjpeg", rate=10)
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
            for number in range(seconds * 10):
                picture = noise.integers(90, 110, (120, 160, 3), dtype=np.uint8)
                picture[40:80, number : number + 40] = 220
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            out.mux(stream.encode(None))
        to_h264(raw, folder / "h264.mp4", **options)  # type: ignore[arg-type]
        return folder / "h264.mp4"

    return make


@pytest.fixture(scope="session")
def source(make_video: MakeVideo) -> Path:
    """Six seconds of H.264."""
    return make_video()
