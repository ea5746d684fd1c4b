"""Opens files and streams and yields their packets. Must not record, send or judge anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from pipelines.footage.types import Ended, UnreadableVideo

_LIVE_SCHEMES = {"rtsp", "rtsps", "rtmp", "udp", "rtp", "srt"}
_NETWORK_SCHEMES = _LIVE_SCHEMES | {"http", "https"}
_SHORT_S = 0.5  # a file may end this much before its header says without being called truncated


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPacket:
    """One compressed frame.

    Attributes:
        time_s: presentation time since the source's first packet.
        decode_time_s: the same for the decoding time; not above ``time_s``.
        duration_s: how long the frame is shown; 0 when the source does not say.
        raw: PyAV's packet; belongs to ``pipelines.footage``.
    """

    time_s: float
    decode_time_s: float
    duration_s: float
    is_key: bool
    raw: av.Packet[VideoStream]

    @property
    def payload(self) -> bytes:
        """The compressed bytes as the source gave them."""
        return bytes(self.raw)


class Video:
    """An open source; use as a context manager. Not thread-safe."""

    def __init__(self, container: InputContainer, stream: VideoStream, *, name: str) -> None:
        self._container = container
        self._name = name
        self.stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._container.close()

    @property
    def codec(self) -> str:
        """Short name of the codec, e.g. ``h264``."""
        return self.stream.codec_context.name

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.stream.codec_context.width, self.stream.codec_context.height

    def packets(self) -> Iterator[VideoPacket | Ended]:
        """Yields every packet in the order of decoding, then one ``Ended``."""
        tick_s = float(self.stream.time_base or 0)
        zero: int | None = None
        until_s = 0.0
        problem = ""
        raws = self._container.demux(self.stream)
        while True:
            try:
                raw = next(raws, None)
            except (av.FFmpegError, OSError) as error:
                problem = _plain(error)
                break
            if raw is None:
                break
            pts = raw.pts if raw.pts is not None else raw.dts
            if not raw.size or pts is None:  # the flush packet, or one that cannot be placed
                continue
            zero = pts if zero is None else zero
            dts = raw.dts if raw.dts is not None else pts
            packet = VideoPacket(
                time_s=(pts - zero) * tick_s,
                decode_time_s=(dts - zero) * tick_s,
                duration_s=(raw.duration or 0) * tick_s,
                is_key=raw.is_keyframe,
                raw=raw,
            )
            until_s = max(until_s, packet.time_s + packet.duration_s)
            if not raw.is_corrupt:
                yield packet
            else:
                problem = "damaged packet"
        yield self._ended(until_s, problem)

    def _ended(self, until_s: float, problem: str) -> Ended:
        declared_s = _declared_s(self._container, self.stream)
        if declared_s is not None and until_s < declared_s - _SHORT_S:
            detail = f"{self._name}: {until_s:.1f} s of {declared_s:.1f} s are there"
            return Ended(reason="truncated", detail=f"{detail} ({problem})" if problem else detail)
        if problem:
            return Ended(reason="truncated", detail=f"{self._name}: {problem}")
        return Ended(reason="end of file")


def open_video(url: str, *, camera_id: str = "", timeout_s: float = 10.0) -> Video:
    """Opens the first video stream of a file path, http(s) or rtsp address.

    Args:
        camera_id: named in errors, so that people find the camera.
        timeout_s: of opening and of each read from a network.

    Raises:
        UnreadableVideo: missing, empty, truncated before any picture, not video, not reachable.
    """
    name = f"camera {camera_id}: {redacted(url)}" if camera_id else redacted(url)
    network = is_network(url)
    options = {"rtsp_transport": "tcp"} if urlsplit(url).scheme.startswith("rtsp") else {}
    try:
        container = av.open(
            url, "r", options=options, timeout=(timeout_s, timeout_s) if network else None
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableVideo(f"{name} {_advice(error, network=network)}") from error
    if not container.streams.video:
        container.close()
        raise UnreadableVideo(f"{name} holds no video stream; give a video file or a camera's URL")
    stream = container.streams.video[0]
    if stream.codec_context is None or not stream.time_base:
        container.close()
        raise UnreadableVideo(f"{name} uses a codec that cannot be read; set the camera to H.264")
    return Video(container, stream, name=name)


def is_network(url: str) -> bool:
    """Whether the source is read over a network."""
    return urlsplit(url).scheme.lower() in _NETWORK_SCHEMES


def is_live(url: str) -> bool:
    """Whether the address can only be a stream without an end, e.g. rtsp."""
    return urlsplit(url).scheme.lower() in _LIVE_SCHEMES


def redacted(url: str) -> str:
    """The address without the password that cameras' URLs often carry."""
    return re.sub(r"(?<=://)[^/@]*@", "***@", url)


def _advice(error: Exception, *, network: bool) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the path"
    if isinstance(error, IsADirectoryError):
        return "is a folder; give a video file"
    if isinstance(error, PermissionError):
        return "may not be read; check its permissions"
    if isinstance(error, av.InvalidDataError | av.EOFError):
        return (
            "is empty, cut off before its first picture, or no video at all; "
            "copy the file again or give another one"
        )
    if network:
        return f"cannot be reached ({_plain(error)}); check the address, the password and the power"
    return f"cannot be opened as video ({_plain(error)}); give a video file"


def _plain(error: Exception) -> str:
    """The error without the address it may quote, which may hold a password."""
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _declared_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else None
