"""Joins recorded parts into one clip by copying packets. Never re-encodes, never changes a part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
import structlog
from av.container import OutputContainer
from av.stream import Stream

from pipelines.footage.parts import copied, stream_like
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import MISSING_FRAMES, MISSING_MS
from pipelines.footage.ring import SUFFIX, camera_folder, recorded_in, starts
from pipelines.footage.types import Clip, ClipPart, Gap, NoFootage, UnreadableVideo

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """The packets of one part."""

    start_ms: int
    path: Path
    packets: list[VideoPacket]

    def shown_ms(self, packet: VideoPacket) -> float:
        return self.start_ms + packet.time_s * 1000

    def decoded_ms(self, packet: VideoPacket) -> float:
        return self.start_ms + packet.decode_time_s * 1000

    @property
    def end_ms(self) -> int:
        return round(max(self.shown_ms(p) + p.duration_s * 1000 for p in self.packets))


def cut(
    folder: Path,
    camera_id: str,
    start_ms: int,
    end_ms: int,
    target: Path,
    *,
    taken: Callable[[ClipPart], None] = lambda _: None,
) -> Clip:
    """Copies ``[start_ms, end_ms)`` of a camera's recording into one MP4 that browsers play.

    Begins at the keyframe at or before ``start_ms``; where footage is missing, the clip's clock
    runs on, so a second of the clip is always a second of the day. The file is not synced to the
    disk: that is up to whoever keeps it.

    Args:
        taken: told of each part as soon as its packets are in the clip.

    Raises:
        NoFootage: nothing was recorded in that span.
    """
    partial = target.with_name(target.name + ".tmp")
    target.parent.mkdir(parents=True, exist_ok=True)
    joint: _Joint | None = None
    try:
        for piece in _pieces(folder, camera_id, start_ms, end_ms):
            if joint is None:
                joint = _Joint.begin(partial, piece, start_ms)
            if joint.add(piece, end_ms):
                taken(joint.parts[-1])
        if joint is None:
            raise NoFootage(f"camera {camera_id} has no footage from {start_ms} to {end_ms}")
        joint.container.close()
        partial.replace(target)
    finally:
        if joint is not None:
            joint.container.close()
        partial.unlink(missing_ok=True)
    return Clip(
        path=target, start_ms=joint.start_ms, end_ms=round(joint.until_ms),
        parts=tuple(joint.parts), gaps=tuple(_gaps(camera_id, joint.frames_ms)),
        size_px=joint.size_px, frames_ms=tuple(joint.frames_ms),
    )  # fmt: skip


def covered_until_ms(folder: Path, camera_id: str) -> int | None:
    """Up to when a camera is recorded in closed parts; None when nothing is."""
    own = camera_folder(folder, camera_id)
    for start_ms in sorted(starts(folder, camera_id), reverse=True):
        with _opened(start_ms, own / f"{start_ms}{SUFFIX}") as piece:
            if piece is not None:
                return piece.end_ms
    return None


def _pieces(folder: Path, camera_id: str, start_ms: int, end_ms: int) -> Iterator[_Piece]:
    until_ms: int | None = None
    for part_ms, path in recorded_in(folder, camera_id, start_ms, end_ms):
        if until_ms is not None and part_ms < until_ms - MISSING_MS:
            continue  # the same moments recorded twice, after the camera's clock went back
        with _opened(part_ms, path) as piece:
            if piece is not None and piece.end_ms > start_ms:
                until_ms = piece.end_ms
                yield piece


@contextmanager
def _opened(start_ms: int, path: Path) -> Iterator[_Piece | None]:
    """One part; its file stays open while its packets are used, as PyAV's packets need it."""
    with ExitStack() as open_files:
        piece: _Piece | None = None
        try:
            video = open_files.enter_context(open_video(str(path), peek=False))
            packets = [packet for packet in video.packets() if isinstance(packet, VideoPacket)]
            if packets:
                piece = _Piece(start_ms=start_ms, path=path, packets=packets)
        except (UnreadableVideo, FileNotFoundError) as error:  # damaged, or pruned a moment ago
            _log.warning("footage_part_unreadable", path=str(path), error=str(error))
        yield piece


@dataclass(slots=True, kw_only=True)
class _Joint:
    """The clip being written."""

    container: OutputContainer
    stream: Stream
    extradata: bytes | None
    size_px: tuple[int, int]
    start_ms: int
    until_ms: float
    last_dts: int | None = None
    parts: list[ClipPart] = field(default_factory=list)
    frames_ms: list[float] = field(default_factory=list)

    @classmethod
    def begin(cls, partial: Path, piece: _Piece, start_ms: int) -> _Joint:
        keys = [p for p in piece.packets if p.is_key and piece.shown_ms(p) <= start_ms]
        begins_ms = round(piece.shown_ms(keys[-1])) if keys else piece.start_ms
        source = piece.packets[0].raw.stream
        container = av.open(str(partial), "w", format="mp4", options={"movflags": "faststart"})
        return cls(
            container=container, stream=stream_like(container, source),
            extradata=source.codec_context.extradata,
            size_px=(source.codec_context.width, source.codec_context.height),
            start_ms=begins_ms, until_ms=begins_ms,
        )  # fmt: skip

    def add(self, piece: _Piece, end_ms: int) -> bool:
        """Copies what belongs into the clip; says whether anything did."""
        first = piece.packets[0].raw
        if first.stream.codec_context.extradata != self.extradata:
            _log.warning("footage_format_changed", at_ms=piece.start_ms)
            return False  # one file holds one format; what is left out shows as a gap
        shift = round((piece.start_ms - self.start_ms) / 1000 / first.time_base) - (first.pts or 0)
        taken = [p for p in piece.packets if self._wants(piece, p, end_ms)]
        for packet in taken:
            copy = copied(packet.raw, self.stream, shift=shift)
            if self.last_dts is not None and copy.dts is not None and copy.dts <= self.last_dts:
                copy.dts = self.last_dts + 1  # parts may touch within a rounded millisecond
            self.last_dts = copy.dts
            self.container.mux(copy)
            self.frames_ms.append(piece.decoded_ms(packet))
            shown_until_ms = piece.shown_ms(packet) + packet.duration_s * 1000
            self.until_ms = max(self.until_ms, shown_until_ms)
        if taken:
            self.parts.append(ClipPart(start_ms=piece.start_ms, path=piece.path))
        return bool(taken)

    def _wants(self, piece: _Piece, packet: VideoPacket, end_ms: int) -> bool:
        starts_late = round(piece.shown_ms(packet)) >= self.start_ms
        return starts_late and piece.decoded_ms(packet) < end_ms


def _gaps(camera_id: str, frames_ms: list[float]) -> Iterator[Gap]:
    steps = [after - before for before, after in pairwise(frames_ms)]
    usual_ms = median(steps) if steps else 0.0
    for before_ms, step_ms in zip(frames_ms, steps, strict=False):
        if step_ms > max(MISSING_MS, MISSING_FRAMES * usual_ms):
            yield Gap(
                camera_id=camera_id, start_ms=round(before_ms + usual_ms),
                end_ms=round(before_ms + step_ms), reason="not recorded",
            )  # fmt: skip
