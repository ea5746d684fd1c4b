"""Pictures of odd sizes and formats are read like any other, or fail as one that is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.footage.decode import Decoder, Picture, jpeg
from pipelines.footage.read import VideoPacket, open_video

FORMATS = (
    "yuv420p", "yuvj420p", "nv12", "yuv422p", "yuvj422p", "yuv444p", "gray", "yuv420p10le",
    "p010le", "yuv422p10le", "gray10le", "gray16le", "rgb24", "bgr24", "bgra", "rgb48le", "yuyv422",
    "gbrp",
)  # fmt: skip
SIZES = ((1, 1), (1, 9), (2, 2), (3, 641), (641, 3), (159, 121), (1921, 1081), (7680, 4320))


def halves(width: int, height: int) -> NDArray[np.uint8]:
    """BGR, dark on the left and light on the right."""
    made = np.full((height, width, 3), 40, np.uint8)
    made[:, width // 2 :] = 200
    return made


def picture(bgr: NDArray[np.uint8], pixels: str) -> Picture:
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format=pixels)
    return Picture(time_s=0.0, raw=frame)


@pytest.mark.parametrize("pixels", FORMATS)
def test_every_format_shows_the_same_scene(pixels: str) -> None:
    seen = picture(halves(320, 200), pixels)
    for luma in (seen.luma(), seen.luma(long_side_px=160)):
        assert luma.dtype == np.uint8
        assert luma.shape in {(200, 320), (100, 160)}
        left, right = luma[:, : luma.shape[1] // 3], luma[:, -luma.shape[1] // 3 :]
        assert 30 <= left.mean() <= 60
        assert 180 <= right.mean() <= 210
    bgr = seen.bgr(width_px=160)
    assert bgr.shape == (100, 160, 3)
    assert abs(int(bgr[50, 20].mean()) - 40) < 6
    assert abs(int(bgr[50, 140].mean()) - 200) < 6


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("pixels", ["yuv420p", "nv12", "yuv420p10le", "gray"])
def test_no_size_is_too_odd(size: tuple[int, int], pixels: str) -> None:
    width, height = size
    seen = picture(halves(width, height), pixels)
    small = seen.luma(long_side_px=160)
    assert 1 <= max(small.shape) <= 240
    assert seen.luma().shape == (height, width)
    bgr = seen.bgr(width_px=640)
    assert bgr.shape[1] == min(width, 640)
    assert jpeg(bgr, quality=80)[:2] == b"\xff\xd8"


def test_a_source_that_changes_its_size_is_decoded_on(tmp_path: Path) -> None:
    seen = []
    for number, side in enumerate((64, 128)):
        path = tmp_path / f"{number}.h264"
        with av.open(str(path), "w", format="h264") as out:
            stream = out.add_stream("libx264", rate=5, options={"bf": "0"})
            stream.width = stream.height = side
            stream.pix_fmt = "yuv420p"
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(halves(side, side), format="bgr24")
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    both = tmp_path / "both.h264"
    both.write_bytes((tmp_path / "0.h264").read_bytes() + (tmp_path / "1.h264").read_bytes())
    with open_video(str(both)) as video:
        decoder = Decoder(video)
        for packet in video.packets():
            some = decoder.decode(packet) if isinstance(packet, VideoPacket) else decoder.flush()
            seen += [p.luma().shape for p in some]
    assert set(seen) == {(64, 64), (128, 128)}


def test_damaged_packets_are_counted_and_the_next_keyframe_is_read(source: Path) -> None:
    with open_video(str(source)) as video:
        decoder = Decoder(video)
        packets = [p for p in video.packets() if isinstance(p, VideoPacket)]
        times = []
        for number, packet in enumerate(packets):
            if 3 <= number < 8:
                raw = cast("av.Packet[VideoStream]", av.Packet(b"\0\0\0\5garb" + bytes(range(200))))
                raw.pts, raw.dts = packet.raw.pts, packet.raw.dts
                raw.time_base = packet.raw.time_base
                hostile = VideoPacket(
                    time_s=packet.time_s, decode_time_s=packet.time_s, duration_s=0.1, is_key=False,
                    raw=raw,
                )  # fmt: skip
                decoder.decode(hostile)
            else:
                times += [p.time_s for p in decoder.decode(packet)]
    assert decoder.undecodable > 0
    assert [t for t in times if t >= 1] == pytest.approx(np.arange(10, 60) / 10)
