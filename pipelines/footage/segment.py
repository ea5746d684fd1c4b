"""Cuts a film into short pieces that a browser plays one after the other. Never for evidence.

Every piece is a whole fragmented MP4 (H.264 baseline, no sound) whose time begins at 0; made on
demand, in memory, with every picture given to ``paint`` first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.footage.types import UnreadableVideo

MIME = 'video/mp4; codecs="avc1.42C028"'
_TICK = Fraction(1, 90_000)
_WIDEST_PX = 1280
_THREADS = "2"
_OPTIONS = {
    "preset": "ultrafast", "tune": "zerolatency", "crf": "24", "profile": "baseline",
    "level": "4.0", "threads": _THREADS,
}  # fmt: skip
_MOVFLAGS = "empty_moov+default_base_moof+frag_keyframe"
_SAME_S = 0.004

Paint = Callable[[float, NDArray[np.uint8]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a player must know before the first piece; ``size_px`` is width, height as shown.

    Attributes:
        frame_s: how long a picture is shown on average: what one step forward is.
    """

    duration_s: float
    size_px: tuple[int, int]
    frame_s: float = 0.04


def film_of(path: Path) -> Film:
    """Length and shown size of a film.

    Raises:
        UnreadableVideo: no film.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
        found = stream.duration * stream.time_base if stream.duration and stream.time_base else 0
        duration_s = float(found) or (container.duration or 0) / av.time_base
        size = _shown(stream.codec_context.width, stream.codec_context.height)
        rate = float(stream.average_rate or 25)
        return Film(duration_s=max(duration_s, 0.1), size_px=size, frame_s=1 / max(rate, 1.0))


def segment(
    path: Path, from_s: float, to_s: float, *, paint: Paint, says: Mapping[str, str]
) -> bytes:
    """The pictures from ``from_s`` up to ``to_s``, as an MP4 of exactly that length.

    A picture that is still shown when the piece begins stands at its beginning.

    Args:
        paint: changes a picture's brightness plane ``(h, w)`` uint8 in place; is told the time in
            seconds since ``from_s``.
        says: metadata of the file, such as ``title`` and ``comment``.

    Raises:
        UnreadableVideo: no picture can be decoded.
    """
    pictures = list(_timed(_pictures(path, from_s, to_s), from_s))
    if not pictures:
        raise UnreadableVideo(f"{path.name} shows nothing at {from_s:.1f} s")
    made = io.BytesIO()
    options = {"movflags": _MOVFLAGS}
    with av.open(made, "w", format="mp4", options=options) as out:
        out.metadata.update(says)
        stream = out.add_stream("libx264", rate=25, options=_OPTIONS)
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", _TICK
        lasts = _lengths([time_s for time_s, _ in pictures], to_s - from_s)
        for time_s, raw in pictures:
            frame = _painted(raw, time_s, paint)
            if not stream.codec_context.is_open:
                stream.width, stream.height = frame.width, frame.height
            for packet in stream.encode(frame):
                packet.duration = lasts[packet.pts or 0]
                out.mux(packet)
        for packet in stream.encode(None):
            packet.duration = lasts[packet.pts or 0]
            out.mux(packet)
    return made.getvalue()


def _painted(raw: VideoFrame, time_s: float, paint: Paint) -> VideoFrame:
    width, height = _shown(raw.width, raw.height)
    scaled = raw.reformat(width, height, "yuv420p", interpolation=Interpolation.AREA)
    planes = np.asarray(scaled.to_ndarray(), np.uint8)
    luma = planes[:height]
    paint(time_s, luma)
    frame = VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = round(time_s / _TICK), _TICK
    return frame


def _lengths(times_s: list[float], whole_s: float) -> dict[int, int]:
    """How long each picture is shown: to the next, the last to the end; in ticks, by its time."""
    ticks = [round(time_s / _TICK) for time_s in times_s]
    ends = [*ticks[1:], max(round(whole_s / _TICK), ticks[-1] + 1)]
    return {tick: end - tick for tick, end in zip(ticks, ends, strict=True)}


def _timed(
    pictures: Iterator[tuple[float, VideoFrame]], from_s: float
) -> Iterator[tuple[float, VideoFrame]]:
    """Times since the piece's beginning, rising; the picture shown there is put at 0."""
    before: VideoFrame | None = None
    last = -1.0
    for time_s, frame in pictures:
        at = time_s - from_s
        if at < -_SAME_S:
            before = frame
            continue
        if last < 0:
            if before is not None and at > _SAME_S:
                yield 0.0, before
                last = 0.0
            else:
                at = 0.0
        if at > last:
            yield at, frame
            last = at
    if last < 0 and before is not None:
        yield 0.0, before


def _pictures(path: Path, from_s: float, to_s: float) -> Iterator[tuple[float, VideoFrame]]:
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        tick = stream.time_base or _TICK
        zero = stream.start_time or 0
        container.seek(zero + int(from_s / tick), stream=stream, backward=True)
        for frame in _decoded(container, stream):
            if frame.pts is None:
                continue
            time_s = float((frame.pts - zero) * tick)
            if time_s >= to_s - _SAME_S:
                return
            yield time_s, frame


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """What can be decoded; a damaged packet is passed over, as every player does."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _shown(width: int, height: int) -> tuple[int, int]:
    """At most so wide, and even, as H.264 wants it."""
    shown = min(width, _WIDEST_PX)
    return shown & ~1, max(2, round(height * shown / max(width, 1)) & ~1)


def _opened(path: Path) -> InputContainer:
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise UnreadableVideo(f"{path.name} cannot be opened as video") from error
    if not container.streams.video:
        container.close()
        raise UnreadableVideo(f"{path.name} holds no video stream")
    return container
