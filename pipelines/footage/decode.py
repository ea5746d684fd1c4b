"""Turns packets into pictures. Owns its own codec context, so it may run in another thread."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.footage.read import Video, VideoPacket

_PLANAR_LUMA = {"yuv420p", "yuvj420p", "nv12", "yuv422p", "yuvj422p", "yuv444p", "gray"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One decoded frame.

    Attributes:
        time_s: presentation time since the source's first packet.
        raw: PyAV's frame; belongs to ``pipelines.footage``.
    """

    time_s: float
    raw: VideoFrame

    def luma(self, *, long_side_px: int | None = None) -> NDArray[np.uint8]:
        """The brightness plane, uint8 ``(height, width)``; a view where the format allows.

        Of formats with a plane of 8 bit it is that plane as it is, full or limited range; of others
        the scaler makes one.

        Args:
            long_side_px: about how long the longer side is to be, two thirds to one and a half
                times it. Whole blocks of pixels are averaged, which is fast; what is left over at
                the right and at the bottom is cut off.
        """
        frame = self.raw
        if frame.format.name not in _PLANAR_LUMA:
            frame = frame.reformat(format="gray")
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        luma = rows[: frame.height, : frame.width]
        block = round(max(luma.shape) / long_side_px) if long_side_px else 1
        if block <= 1:
            return luma
        height, width = (max(1, side // block) for side in luma.shape)
        whole = luma[: height * block, : width * block]
        return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))

    def bgr(self, *, width_px: int) -> NDArray[np.uint8]:
        """The picture scaled down to at most ``width_px``, uint8 ``(height, width, 3)``."""
        width = min(width_px, self.raw.width)
        height = max(1, round(self.raw.height * width / self.raw.width))
        small = self.raw.reformat(width, height, "bgr24", interpolation=Interpolation.AREA)
        return np.asarray(small.to_ndarray(), np.uint8)


class Decoder:
    """Decodes one source's packets on one thread; give it packets from a keyframe on.

    Attributes:
        undecodable: packets that gave an error instead of a picture.
    """

    def __init__(self, video: Video) -> None:
        source = video.stream.codec_context
        context = av.CodecContext.create(source.name, "r")
        assert isinstance(context, VideoCodecContext)  # noqa: S101  a video codec's context
        context.extradata = source.extradata
        context.width, context.height = source.width, source.height
        context.thread_count = 1  # many cameras share the cores; frame threads only add delay
        self._context = context
        self._tick_s = float(video.stream.time_base or 0)
        self._zero: float | None = None
        self.undecodable = 0

    def decode(self, packet: VideoPacket) -> list[Picture]:
        """The pictures that this packet completes; none for a damaged one."""
        if self._zero is None and packet.raw.pts is not None:
            self._zero = packet.raw.pts * self._tick_s - packet.time_s
        return self._pictures(packet.raw)

    def flush(self) -> list[Picture]:
        """The pictures still inside the decoder, at the end."""
        return self._pictures(None)

    def _pictures(self, raw: av.Packet[VideoStream] | None) -> list[Picture]:
        try:
            frames = self._context.decode(raw)
        except av.FFmpegError:
            self.undecodable += 1
            return []
        zero = self._zero or 0.0
        return [
            Picture(time_s=frame.pts * self._tick_s - zero, raw=frame)
            for frame in frames
            if frame.pts is not None
        ]


def jpeg(bgr: NDArray[np.uint8], *, quality: int) -> bytes:
    """A BGR picture ``(h, w, 3)`` as JPEG bytes, quality 1 to 100."""
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"cannot encode a picture of shape {bgr.shape} as JPEG")
    return data.tobytes()
