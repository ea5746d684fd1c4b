"""Writes one part: packets copied into a fragmented MP4. Must not decide when a part ends."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
from av.container import OutputContainer
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.ring import PARTIAL, SUFFIX, put_in_place
from pipelines.footage.types import Part, UnreadableVideo

KEPT_CODECS = {"h264", "hevc", "av1", "libdav1d"}
_OPTIONS = {
    "movflags": "empty_moov+default_base_moof+frag_keyframe",
    "frag_duration": "200000",  # microseconds: what a crash costs
    "flush_packets": "1",
}


@dataclass(slots=True, kw_only=True)
class OpenPart:
    """The part being written, under a temporary name."""

    container: OutputContainer
    stream: Stream
    partial: Path
    start_ms: int
    zero: int
    end_ms: float
    last_dts: int | None = None

    @classmethod
    def begin(cls, folder: Path, packet: VideoPacket, start_ms: int, *, sets: bytes) -> OpenPart:
        """A part that begins with this packet, not yet written.

        Args:
            sets: the stream's parameter sets as of now (Annex B), where they are in the packets.

        Raises:
            UnreadableVideo: the codec cannot be kept in a file that browsers play.
            OSError: the disk refuses.
        """
        codec = packet.raw.stream.codec_context.name
        if codec not in KEPT_CODECS:
            raise UnreadableVideo(
                f"camera {folder.name} sends {codec}, which cannot be recorded for browsers; "
                "set the camera to H.264, or transcode the file first"
            )
        partial = folder / f"{start_ms}{PARTIAL}"
        container = av.open(str(partial), "w", format="mp4", options=_OPTIONS)
        stream = stream_like(container, packet.raw.stream)
        if sets and sets != packet.raw.stream.codec_context.extradata:
            _describe(stream, packet, sets)
        return cls(
            container=container, stream=stream, partial=partial, start_ms=start_ms,
            zero=pts_of(packet.raw), end_ms=start_ms,
        )  # fmt: skip

    def write(self, packet: VideoPacket, time_ms: float) -> None:
        """Copies one packet; raises OSError or av.FFmpegError when the disk refuses."""
        copy = copied(packet.raw, self.stream, shift=-self.zero)
        if self.last_dts is not None and copy.dts is not None and copy.dts <= self.last_dts:
            copy.dts = self.last_dts + 1  # a muxer refuses time that stands still
            copy.pts = max(pts_of(copy), copy.dts)
        self.last_dts = copy.dts
        self.container.mux(copy)
        self.end_ms = max(self.end_ms, time_ms + packet.duration_s * 1000)

    def finish(self, camera_id: str, end_ms: int | None) -> Part:
        """Closes the file under its name; raises as ``write`` does."""
        self.container.close()
        data = self.partial.read_bytes()
        start_ms = self.start_ms
        sha256 = hashlib.sha256(data).hexdigest()
        while (target := self.partial.with_name(f"{start_ms}{SUFFIX}")).exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
                break  # the same footage again, e.g. a file played twice
            start_ms += 1  # never write over a recorded part
        put_in_place(self.partial, target)
        return Part(
            camera_id=camera_id, start_ms=start_ms, sha256=sha256, size_bytes=len(data),
            end_ms=round(self.end_ms) if end_ms is None else end_ms, path=target,
        )  # fmt: skip


def stream_like(container: OutputContainer, source: VideoStream) -> Stream:
    """A stream of a new file for copies of another's packets."""
    stream = container.add_stream_from_template(source)
    if source.codec_context.name == "hevc":
        stream.codec_context.codec_tag = "hvc1"  # Safari plays H.265 under no other name
    return stream


def copied(raw: av.Packet[VideoStream], stream: Stream, *, shift: int) -> av.Packet[Stream]:
    """The same compressed bytes for another file, its times moved by ``shift`` ticks."""
    copy: av.Packet[Stream] = av.Packet(bytes(raw))
    copy.time_base = raw.time_base
    copy.pts = pts_of(raw) + shift
    copy.dts = (raw.dts if raw.dts is not None else pts_of(raw)) + shift
    copy.duration = raw.duration or 0
    copy.is_keyframe = raw.is_keyframe
    copy.stream = stream
    return copy


def pts_of(raw: av.Packet[Any]) -> int:
    """When a packet is shown, in ticks; when it is decoded, if it does not say."""
    pts = raw.pts if raw.pts is not None else raw.dts
    return 0 if pts is None else pts


def part_end_ms(start_ms: int, path: Path) -> int | None:
    """When a part's last frame ends (epoch ms); None where the file cannot be read."""
    try:
        with open_video(str(path)) as video:
            packets = [packet for packet in video.packets() if isinstance(packet, VideoPacket)]
    except UnreadableVideo:
        return None
    ends = [start_ms + (packet.time_s + packet.duration_s) * 1000 for packet in packets]
    return round(max(ends)) if ends else None


def part_at(camera_id: str, start_ms: int, path: Path) -> Part | None:
    """A closed part as it lies on disk now; None where it is gone or cannot be read."""
    end_ms = part_end_ms(start_ms, path)
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if end_ms is None:
        return None
    return Part(
        camera_id=camera_id, start_ms=start_ms, end_ms=end_ms, path=path,
        sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data),
    )  # fmt: skip


def _describe(stream: Stream, packet: VideoPacket, sets: bytes) -> None:
    """Makes the file say what these packets are: the camera may have changed since it said so."""
    described = cast("VideoCodecContext", stream.codec_context)
    described.extradata = sets
    seen = av.CodecContext.create(packet.raw.stream.codec_context.name, "r")
    assert isinstance(seen, VideoCodecContext)  # noqa: S101  a video codec's context
    seen.thread_count = 1
    try:
        frames = [*seen.decode(av.Packet(packet.payload)), *seen.decode(None)]
    except av.FFmpegError:  # the sets still say it to whoever decodes
        return
    if frames:
        described.width, described.height = frames[0].width, frames[0].height
