"""Records one camera by copying packets into short files. Never decodes, never re-encodes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from pipelines.footage.read import VideoPacket
from pipelines.footage.ring import SUFFIX, camera_folder, prune, put_in_place
from pipelines.footage.types import Gap, Part, UnreadableVideo

KEPT_CODECS = {"h264", "hevc", "av1", "libdav1d"}
_GAP_PARTS = 1.5  # a jump of the time by more than this many parts is a gap
_KEY_SLACK_MS = 20  # a keyframe this little early still starts the next part


class Recorder:
    """Writes the parts of one camera; the only writer in that camera's folder.

    A part ends at the first keyframe after ``part_s``, so a camera with rarer keyframes makes
    longer parts, and a crash costs that much.

    Attributes:
        skipped: packets that could not be kept: they came before the first keyframe after a gap.
    """

    def __init__(self, folder: Path, *, camera_id: str, part_s: float = 1.0) -> None:
        self._root = folder
        self._folder = camera_folder(folder, camera_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob("*.tmp"):  # of a crash: never closed, not evidence
            leftover.unlink()
        self._camera_id = camera_id
        self._part_ms = part_s * 1000
        self._open: _OpenPart | None = None
        self._due_ms: float | None = None  # when the next packet should be decoded
        self._missing: tuple[int, str] | None = None  # since when and why nothing is recorded
        self.skipped = 0

    def feed(self, packet: VideoPacket, time_ms: float) -> list[Part | Gap]:
        """Keeps one packet shown at ``time_ms`` (epoch ms UTC); returns what this closed.

        Raises:
            UnreadableVideo: the codec cannot be kept in a file that browsers play.
        """
        events: list[Part | Gap] = []
        decode_ms = time_ms - (packet.time_s - packet.decode_time_s) * 1000
        jump_ms = 0.0 if self._due_ms is None else decode_ms - self._due_ms
        if abs(jump_ms) > _GAP_PARTS * self._part_ms:
            way = "jumped ahead" if jump_ms > 0 else "jumped back"
            events += self.lost(f"the stream's time {way} by {abs(jump_ms) / 1000:.1f} s")
        self._due_ms = decode_ms + packet.duration_s * 1000
        if self._open is None and not packet.is_key:
            self.skipped += 1
            if self._missing is None:
                self._missing = (round(time_ms), "waiting for the first keyframe")
            return events
        if packet.is_key and self._is_full(time_ms):
            events += self._close(end_ms=round(time_ms))
        if self._open is None:
            events += self.missing_until(round(time_ms))
            self._missing = None
            self._open = _OpenPart.begin(self._folder, packet, round(time_ms))
        self._open.write(packet, time_ms)
        return events

    def lost(self, reason: str, *, since_ms: int | None = None) -> list[Part | Gap]:
        """The source is gone: closes the part; from its end (or ``since_ms``) on there is a gap."""
        events = self._close()
        if self._missing is None:
            start_ms = since_ms if self._due_ms is None else round(self._due_ms)
            if start_ms is not None:
                self._missing = (start_ms, reason)
        self._due_ms = None
        return events

    def missing_until(self, now_ms: int) -> list[Part | Gap]:
        """While the source is gone: the gap so far, told once; the next call tells the rest."""
        if self._missing is None or now_ms <= self._missing[0]:
            return []
        start_ms, reason = self._missing
        self._missing = (now_ms, reason)
        return [Gap(camera_id=self._camera_id, start_ms=start_ms, end_ms=now_ms, reason=reason)]

    def close(self) -> list[Part | Gap]:
        """Closes the part being written."""
        return self._close()

    def prune(self, *, keep_s: float, keep_bytes: int, pinned: Collection[str]) -> list[Path]:
        """Drops the oldest parts; see ``ring.prune``."""
        return prune(
            self._root, self._camera_id, keep_s=keep_s, keep_bytes=keep_bytes, pinned=pinned
        )

    def _is_full(self, time_ms: float) -> bool:
        part = self._open
        return part is not None and time_ms - part.start_ms >= self._part_ms - _KEY_SLACK_MS

    def _close(self, *, end_ms: int | None = None) -> list[Part | Gap]:
        part, self._open = self._open, None
        return [] if part is None else [part.finish(self._camera_id, end_ms)]


@dataclass(slots=True, kw_only=True)
class _OpenPart:
    """The part being written, under a temporary name."""

    container: OutputContainer
    stream: Stream
    partial: Path
    start_ms: int
    zero: int
    end_ms: float
    last_dts: int | None = None

    @classmethod
    def begin(cls, folder: Path, packet: VideoPacket, start_ms: int) -> _OpenPart:
        codec = packet.raw.stream.codec_context.name
        if codec not in KEPT_CODECS:
            raise UnreadableVideo(
                f"camera {folder.name} sends {codec}, which cannot be recorded for browsers; "
                "set the camera to H.264, or transcode the file first"
            )
        partial = folder / f"{start_ms}.tmp"
        flags = "empty_moov+default_base_moof+frag_keyframe"
        container = av.open(str(partial), "w", format="mp4", options={"movflags": flags})
        stream = container.add_stream_from_template(packet.raw.stream)
        return cls(
            container=container, stream=stream, partial=partial, start_ms=start_ms,
            zero=_pts(packet.raw), end_ms=start_ms,
        )  # fmt: skip

    def write(self, packet: VideoPacket, time_ms: float) -> None:
        copy = copied(packet.raw, self.stream, shift=-self.zero)
        if self.last_dts is not None and copy.dts is not None and copy.dts <= self.last_dts:
            copy.dts = self.last_dts + 1  # a muxer refuses time that stands still
            copy.pts = max(_pts(copy), copy.dts)
        self.last_dts = copy.dts
        self.container.mux(copy)
        self.end_ms = max(self.end_ms, time_ms + packet.duration_s * 1000)

    def finish(self, camera_id: str, end_ms: int | None) -> Part:
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


def copied(raw: av.Packet[VideoStream], stream: Stream, *, shift: int) -> av.Packet[Stream]:
    """The same compressed bytes for another file, its times moved by ``shift`` ticks."""
    copy: av.Packet[Stream] = av.Packet(bytes(raw))
    copy.time_base = raw.time_base
    copy.pts = _pts(raw) + shift
    copy.dts = (raw.dts if raw.dts is not None else _pts(raw)) + shift
    copy.duration = raw.duration or 0
    copy.is_keyframe = raw.is_keyframe
    copy.stream = stream
    return copy


def _pts(raw: av.Packet[Any]) -> int:
    pts = raw.pts if raw.pts is not None else raw.dts
    return 0 if pts is None else pts
