"""Measures a recording: every packet's time, size and place, what the container says, the pictures.

Gives facts; what they mean is judged elsewhere. Must not judge, change or record anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Stream
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from pipelines.footage.boxes import Boxes, read_boxes
from pipelines.footage.nal import parameter_sets
from pipelines.footage.read import redacted
from pipelines.footage.slices import Counted, SliceReader
from pipelines.footage.types import UnreadableVideo

SMALL_WH = (64, 36)
"""Pictures are compared at this size: sensor noise goes, what is seen stays."""
_SIGNED = re.compile(rb"(?:Lavc|libfaac|FAAC |Nero AAC)[ -~]{0,40}")
_TELL_EVERY = 2000  # packets or pictures

Tell = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Text by which software signs within the stream, and when in the file, s."""

    text: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One stream, packets in the order of decoding. Times are seconds on the file's own clock.

    Attributes:
        time_s, decode_s, duration_s: float64; ``size_bytes``: int64; ``is_key``: bool;
            ``digest``: uint64, equal for equal content.
        rate_hz: pictures a second as the container has them; ``told_rate_hz`` as the encoder
            wrote into its parameter sets; 0 where not told.
        counted: how H.264 counts its pictures; empty for other codecs.
        sets_s: when parameter sets came that differ from those before.
        form: what the encoder made: codec, profile, size or sample rate.
    """

    codec: str
    form: str
    time_s: NDArray[np.float64]
    decode_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    size_bytes: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    digest: NDArray[np.uint64]
    rate_hz: float = 0.0
    told_rate_hz: float = 0.0
    counted: tuple[Counted | None, ...] = ()
    sets_s: tuple[float, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def start_s(self) -> float:
        """When its first packet is shown; 0 for an empty track."""
        return float(self.time_s.min()) if len(self.time_s) else 0.0

    @property
    def end_s(self) -> float:
        """When its last packet ends; 0 for an empty track."""
        return float((self.time_s + self.duration_s).max()) if len(self.time_s) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What was seen, in order of showing.

    Attributes:
        change: float64, how much each differs from the one before, grey levels of 0 to 255 in the
            mean; the first is 0.
        undecodable: packets that gave an error instead of a picture.
    """

    time_s: NDArray[np.float64]
    change: NDArray[np.float64]
    undecodable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that was measured in one file.

    Attributes:
        tags: the container's metadata, keys in lower case, stream tags with the stream before.
        broken: why reading ended early; empty when it did not.
        pictures: None where they were not looked at.
    """

    format: str
    tags: dict[str, str]
    boxes: Boxes | None
    video: Track | None
    audio: Track | None
    pictures: Pictures | None
    broken: str = ""

    @property
    def duration_s(self) -> float:
        """From the first packet of any track to the end of the last."""
        tracks = [t for t in (self.video, self.audio) if t is not None and len(t.time_s)]
        if not tracks:
            return 0.0
        return max(t.end_s for t in tracks) - min(t.start_s for t in tracks)


def examine(path: Path, *, look: bool = True, tell: Tell = lambda _: None) -> Examination:
    """Measures a file.

    Args:
        look: decode the pictures too, which takes most of the time.
        tell: told how far it is.

    Raises:
        UnreadableVideo: no packet of picture or sound can be read.
    """
    try:
        with av.open(str(path), options={"ignore_editlist": "1"}) as container:
            read = _Reading(container)
            read.all(path.stat().st_size, lambda share: tell(share * (0.2 if look else 1)))
            tags, name = _tags(container), container.format.name
            video, audio = read.track("video"), read.track("audio")  # while it is open
    except (av.FFmpegError, OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnreadableVideo(
            f"{redacted(str(path))} cannot be read as a recording ({why}); copy it again "
            "from the device"
        ) from error
    if video is None and audio is None:
        raise UnreadableVideo(f"{path} holds neither picture nor sound; copy it again")
    pictures = None
    if look and video is not None:
        pictures = _look(path, len(video.time_s), lambda share: tell(0.2 + 0.8 * share))
    return Examination(
        format=name, tags=tags, boxes=read_boxes(path), video=video, audio=audio,
        pictures=pictures, broken=read.broken,
    )  # fmt: skip


@dataclass(slots=True)
class _Columns:
    """The packets of one stream, as they come."""

    stream: Stream
    slices: SliceReader | None
    rows: list[tuple[float, float, float, int, bool, int]] = field(default_factory=list)
    counted: list[Counted | None] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    sets_s: list[float] = field(default_factory=list)
    sets: bytes = b""

    def add(self, packet: av.Packet[Any]) -> None:
        tick_s = float(packet.time_base or 0)
        pts = packet.pts if packet.pts is not None else packet.dts or 0
        dts = packet.dts if packet.dts is not None else pts
        data = bytes(packet)
        at_s = pts * tick_s
        digest = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
        self.rows.append(
            (at_s, dts * tick_s, (packet.duration or 0) * tick_s, len(data), packet.is_keyframe,
             digest)
        )  # fmt: skip
        if self.stream.type == "audio":
            self.marks += [Mark(text=m[0].decode(), at_s=at_s) for m in _SIGNED.finditer(data)]
            return
        sets = bytes(packet.get_sidedata("new_extradata")) if _announces(packet) else b""
        if packet.is_keyframe:
            sets = sets or parameter_sets(self.stream.codec_context.name, data)
        if sets and self.sets and sets != self.sets:
            self.sets_s.append(at_s)
        self.sets = sets or self.sets or self.stream.codec_context.extradata or b""
        if self.slices is not None:
            counted, texts = self.slices.read(data)
            self.counted.append(counted)
            self.marks += [Mark(text=text, at_s=at_s) for text in texts]


def _announces(packet: av.Packet[Any]) -> bool:
    return bool(packet.has_sidedata("new_extradata"))


class _Reading:
    """Reads a container's packets into columns, the first stream of each kind."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self.broken = ""
        self._columns: dict[str, _Columns] = {}
        for stream in (*container.streams.video[:1], *container.streams.audio[:1]):
            if stream.codec_context is None:
                continue
            h264 = stream.codec_context.name == "h264"
            reader = SliceReader(stream.codec_context.extradata) if h264 else None
            self._columns[stream.type] = _Columns(stream, reader)

    def all(self, size: int, tell: Tell) -> None:
        """Reads to the end, or to where the file is broken."""
        streams = [columns.stream for columns in self._columns.values()]
        packets = self._container.demux(streams) if streams else iter(())
        number = 0
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                self.broken = error.strerror or type(error).__name__
                return
            if packet is None:
                return
            if packet.size:
                self._columns[packet.stream.type].add(packet)
            number += 1
            if number % _TELL_EVERY == 0 and size and packet.pos:
                tell(min(1.0, packet.pos / size))

    def track(self, kind: str) -> Track | None:
        """What was read of the stream of a kind; None where there is none."""
        columns = self._columns.get(kind)
        if columns is None or not columns.rows:
            return None
        time_s, decode_s, duration_s, size, key, digest = zip(*columns.rows, strict=True)
        return Track(
            codec=columns.stream.codec_context.name, form=_form(columns.stream),
            time_s=np.array(time_s, np.float64), decode_s=np.array(decode_s, np.float64),
            duration_s=np.array(duration_s, np.float64), size_bytes=np.array(size, np.int64),
            is_key=np.array(key, np.bool_), digest=np.array(digest, np.uint64),
            counted=tuple(columns.counted), sets_s=tuple(columns.sets_s),
            marks=tuple(columns.marks), **_rates(columns.stream),
        )  # fmt: skip


def _form(stream: Any) -> str:
    context: Any = stream.codec_context
    shape = f"{context.width}x{context.height}" if stream.type == "video" else context.sample_rate
    return f"{context.name} {context.profile or '-'} {shape} 1/{stream.time_base.denominator}"


def _rates(stream: Any) -> dict[str, float]:
    if stream.type != "video":
        return {}
    told = stream.codec_context.framerate
    return {"rate_hz": float(stream.average_rate or 0), "told_rate_hz": float(told or 0)}


def _tags(container: InputContainer) -> dict[str, str]:
    tags = {key.lower(): value for key, value in container.metadata.items()}
    for stream in container.streams:
        tags |= {f"{stream.type}.{key.lower()}": v for key, v in stream.metadata.items()}
    return tags


def _look(path: Path, expected: int, tell: Tell) -> Pictures:
    times, changes = list[float](), list[float]()
    before: NDArray[np.float32] | None = None
    undecodable = 0
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame, bad in _decoded(container, stream):
            undecodable += bad
            if frame is None or frame.pts is None:
                continue
            small = _small(frame)
            changes.append(0.0 if before is None else float(np.abs(small - before).mean()))
            times.append(frame.pts * float(stream.time_base or 0))
            before = small
            if len(times) % _TELL_EVERY == 0:
                tell(min(1.0, len(times) / max(expected, 1)))
    return Pictures(
        time_s=np.array(times, np.float64), change=np.array(changes, np.float64),
        undecodable=undecodable,
    )  # fmt: skip


def _decoded(container: InputContainer, stream: Any) -> Any:
    """Each picture with 0, or None with 1 for a packet that cannot be decoded."""
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    yield frame, 0
            except av.FFmpegError:
                yield None, 1
    except av.FFmpegError:
        yield None, 1  # the file ends broken; the reading of packets said so already


def _small(frame: VideoFrame) -> NDArray[np.float32]:
    gray = frame.to_ndarray(format="gray")
    return cv2.resize(gray, SMALL_WH, interpolation=cv2.INTER_AREA).astype(np.float32)
