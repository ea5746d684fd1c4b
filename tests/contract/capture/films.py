"""Owns small films for the RTSP server: real pictures, encoded once, played long by copying."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.stream import Stream
from av.video.frame import PictureType
from av.video.stream import VideoStream

TICK = Fraction(1, 90_000)
ENCODERS = {"h264": "libx264", "h265": "libx265"}


def film(
    source: Path, target: Path, *, codec: str = "h264", fps: int = 25, gop: int = 25,
    size: tuple[int, int] = (320, 240), frames: int = 250, rounds: int = 1,
) -> Path:  # fmt: skip
    """Writes ``frames`` pictures of ``source``, ``rounds`` times over, as MP4 with a keyframe each
    ``gop`` and no B-frames; returns ``target``.
    """
    options = {"preset": "ultrafast", "bf": "0", "sc_threshold": "0"}
    if codec == "h265":
        options["x265-params"] = f"bframes=0:keyint={gop}:min-keyint={gop}:scenecut=0:log-level=0"
    with av.open(str(source)) as given, av.open(str(target), "w", format="mp4") as out:
        stream = cast("VideoStream", out.add_stream(ENCODERS[codec], rate=fps, options=options))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.thread_count = 1  # else each picture is cut into slices
        packets: list[av.Packet[VideoStream]] = []
        for number, picture in enumerate(given.decode(video=0)):
            if number == frames:
                break
            frame = picture.reformat(width=size[0], height=size[1], format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            frame.pict_type = PictureType.I if number % gop == 0 else PictureType.NONE
            packets += stream.encode(frame)
        packets += stream.encode(None)
        kept = [(bytes(p), p.is_keyframe) for p in packets]
        for number in range(rounds * len(kept)):
            data, is_key = kept[number % len(kept)]
            packet: av.Packet[Stream] = av.Packet(data)
            packet.time_base = Fraction(1, fps)
            packet.pts = packet.dts = number
            packet.duration = 1
            packet.is_keyframe = is_key
            packet.stream = stream
            out.mux(packet)
    return target
