"""Opens files and streams and yields their packets. Must not record, send or judge anything."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from pipelines.footage.types import Ended, GapCause, UnreadableVideo

_LIVE_SCHEMES = {"rtsp", "rtsps", "rtmp", "udp", "rtp", "srt"}
_NETWORK_SCHEMES = _LIVE_SCHEMES | {"http", "https"}
_RTSP = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",  # sound is nobody's business here
    "fpsprobesize": "0",  # no second of waiting to measure what the stream says itself
}
_HEADER_ONLY = {
    "skip_frame": "all", "probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"
}  # fmt: skip
_UNTIMED = 8  # packets without a time that are kept at a stream's beginning
_TOLD = struct.Struct("<q")  # AVProducerReferenceTime.wallclock, in microseconds
_SHORT_S = 0.5  # a file may end this much before its header says without being called truncated


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPacket:
    """One compressed frame.

    Attributes:
        time_s: presentation time since the source's first packet.
        decode_time_s: the same for the decoding time; not above ``time_s``.
        duration_s: how long the frame is shown; 0 when the source does not say.
        told_ms: what the camera's own clock said (epoch ms UTC, by RTP sender reports); None when
            it does not tell.
        raw: PyAV's packet; belongs to ``pipelines.footage``.
    """

    time_s: float
    decode_time_s: float
    duration_s: float
    is_key: bool
    raw: av.Packet[VideoStream]
    told_ms: float | None = None

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

    @property
    def profile(self) -> str | None:
        """The codec's profile, e.g. ``High``."""
        return self.stream.codec_context.profile

    @property
    def has_sound(self) -> bool:
        """Whether the source carries sound beside the pictures."""
        return bool(self._container.streams.audio)

    @property
    def is_whole(self) -> bool:
        """Whether it has an end that is known: a file, not a camera. RTSP servers may claim one."""
        known = _declared_s(self._container, self.stream) is not None
        return known and not self._container.format.name.startswith("rtsp")

    def packets(self) -> Iterator[VideoPacket | Ended]:
        """Yields every packet in the order of decoding, then one ``Ended``."""
        clock = _Ticks(float(self.stream.time_base or 0))
        until_s = 0.0
        problem: Exception | None = None
        damaged = False
        raws = self._container.demux(self.stream)
        while True:
            try:
                raw = next(raws, None)
            except (av.FFmpegError, OSError) as error:
                problem = error
                break
            if raw is None:
                break
            if not raw.size:  # the flush packet
                continue
            for packet in clock.placed(raw):
                until_s = max(until_s, packet.time_s + packet.duration_s)
                if not packet.raw.is_corrupt:
                    yield packet
                else:
                    damaged = True
        yield self._ended(until_s, problem, damaged=damaged)

    def _ended(self, until_s: float, problem: Exception | None, *, damaged: bool) -> Ended:
        cause = cause_of(problem) if problem else GapCause.NETWORK
        why = _plain(problem) if problem else "damaged packet" if damaged else ""
        declared_s = _declared_s(self._container, self.stream)
        if declared_s is not None and self.is_whole and until_s < declared_s - _SHORT_S:
            detail = f"{self._name}: {until_s:.1f} s of {declared_s:.1f} s are there"
            detail = f"{detail} ({why})" if why else detail
            return Ended(reason="truncated", detail=detail, cause=cause)
        if why:
            return Ended(reason="truncated", detail=f"{self._name}: {why}", cause=cause)
        return Ended(reason="end of file")


class _Ticks:
    """Gives packets their time since the first; some come without one of their own."""

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._zero: int | None = None
        self._next = 0
        self._untimed: list[av.Packet[VideoStream]] = []

    def placed(self, raw: av.Packet[VideoStream]) -> Iterator[VideoPacket]:
        """The packets that can be placed now."""
        if raw.pts is None and raw.dts is None:
            if not raw.duration:
                return
            if self._zero is None and len(self._untimed) < _UNTIMED:
                self._untimed.append(raw)  # what a stream begins with: it has the keyframe
                return
            self._next = self._next or sum(early.duration or 0 for early in self._untimed)
            raw.pts = raw.dts = self._next  # after the one before: nothing says otherwise
        raw.pts = raw.dts if raw.pts is None else raw.pts
        if self._zero is None:
            yield from self._begin(raw.pts or 0)
        self._next = (raw.pts or 0) + (raw.duration or 0)
        yield self._packet(raw)

    def _begin(self, first: int) -> Iterator[VideoPacket]:
        early = self._untimed
        self._zero = at = first - sum(raw.duration or 0 for raw in early)
        for raw in early:
            raw.pts = raw.dts = at
            at += raw.duration or 0
            yield self._packet(raw)
        self._untimed = []

    def _packet(self, raw: av.Packet[VideoStream]) -> VideoPacket:
        pts, zero = raw.pts or 0, self._zero or 0
        dts = raw.dts if raw.dts is not None else pts
        return VideoPacket(
            time_s=(pts - zero) * self._tick_s,
            decode_time_s=(dts - zero) * self._tick_s,
            duration_s=(raw.duration or 0) * self._tick_s,
            is_key=raw.is_keyframe,
            raw=raw,
            told_ms=_told_ms(raw),
        )


def open_video(
    url: str,
    *,
    camera_id: str = "",
    timeout_s: float = 10.0,
    sound: bool = False,
    peek: bool = True,
) -> Video:
    """Opens the first video stream of a file path, http(s) or rtsp address.

    Args:
        camera_id: named in errors, so that people find the camera.
        sound: let an RTSP camera send its sound too, which is asked for only to see if it has any.
        timeout_s: of opening and of each read from a network.
        peek: decode a first picture to learn what kind it is, as FFmpeg does by itself. Without
            it an MP4 opens fifty times as fast; copying and ``Decoder`` need no more.

    Raises:
        UnreadableVideo: missing, empty, truncated before any picture, not video, not reachable.
    """
    name = f"camera {camera_id}: {redacted(url)}" if camera_id else redacted(url)
    network = is_network(url)
    options = dict(_RTSP) if urlsplit(url).scheme.lower().startswith("rtsp") else {}
    if sound:
        options.pop("allowed_media_types", None)
    if not peek:
        options |= _HEADER_ONLY
    try:
        container = av.open(
            url, "r", options=options, timeout=(timeout_s, timeout_s) if network else None
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        met: Exception = error
        if is_live(url) and isinstance(error, av.InvalidDataError | av.EOFError):
            met = ConnectionResetError(0, "it hung up before the first picture")
        advice = _advice(met, network=network)
        raise UnreadableVideo(f"{name} {advice}", cause=cause_of(met)) from error
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
    return re.sub(r"(?<=://)[^/]*@", "***@", url)


def cause_of(error: Exception) -> GapCause:
    """What to call a gap that begins with this error: the way to the camera, or the camera."""
    answered = (
        av.HTTPClientError, av.HTTPServerError, av.InvalidDataError, av.DecoderNotFoundError,
        av.DemuxerNotFoundError, av.ProtocolNotFoundError,
        av.PatchWelcomeError,
    )  # fmt: skip
    return GapCause.FAULT if isinstance(error, answered) else GapCause.NETWORK


def _told_ms(raw: av.Packet[VideoStream]) -> float | None:
    if not raw.has_sidedata("prft"):
        return None
    data = bytes(raw.get_sidedata("prft"))
    return _TOLD.unpack_from(data)[0] / 1000 if len(data) >= _TOLD.size else None


_ADVICE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (av.HTTPNotFoundError, "has no stream of this name; check the path in the address"),
    (
        (av.HTTPUnauthorizedError, av.HTTPForbiddenError),
        "refuses the user or the password; check them in the address",
    ),
    (FileNotFoundError, "does not exist; check the path"),
    (IsADirectoryError, "is a folder; give a video file"),
    (PermissionError, "may not be read; check its permissions"),
    (
        (av.InvalidDataError, av.EOFError),
        (
            "is empty, cut off before its first picture, or no video at all; "
            "copy the file again or give another one"
        ),
    ),
)


def _advice(error: Exception, *, network: bool) -> str:
    for kinds, advice in _ADVICE:
        if isinstance(error, kinds):
            return advice
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
