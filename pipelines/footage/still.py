"""Poster pictures for the web page. Must not change the clip they are taken from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.footage.decode import Decoder, Picture, jpeg
from pipelines.footage.read import Video, VideoPacket, open_video
from pipelines.footage.types import UnreadableVideo


def still(
    clip_path: Path, at_s: float, *, near_s: float = 0.0, width_px: int = 640, quality: int = 85
) -> bytes:
    """The picture shown ``at_s`` seconds into a clip (the last one past its end), as JPEG.

    Args:
        near_s: a keyframe so near will do: it alone is decoded, which takes a hundredth of the
            time that all the pictures before take.

    Raises:
        UnreadableVideo: no such clip, or no picture in it.
    """
    with open_video(str(clip_path), peek=False) as video:
        packets = list(_until(video, at_s + near_s))
        shown = _nearest_key(video, packets, at_s, near_s) or _exact(video, packets, at_s)
    if shown is None:
        raise UnreadableVideo(f"{clip_path} holds no picture that can be decoded")
    return jpeg(shown.bgr(width_px=width_px), quality=quality)


def _until(video: Video, at_s: float) -> Iterator[VideoPacket]:
    """The packets decoded up to a moment, and the one after it."""
    for packet in video.packets():
        if isinstance(packet, VideoPacket):
            yield packet
            if packet.decode_time_s > at_s:
                return


def _nearest_key(
    video: Video, packets: Sequence[VideoPacket], at_s: float, near_s: float
) -> Picture | None:
    keys = [p for p in packets if p.is_key and abs(p.time_s - at_s) <= near_s]
    if not near_s or not keys:
        return None
    decoder = Decoder(video)
    key = min(keys, key=lambda p: abs(p.time_s - at_s))
    return next(_pictures(decoder, [key]), None)


def _exact(video: Video, packets: Sequence[VideoPacket], at_s: float) -> Picture | None:
    keys = [number for number, p in enumerate(packets) if p.is_key and p.time_s <= at_s]
    shown: Picture | None = None
    for picture in _pictures(Decoder(video), packets[keys[-1] if keys else 0 :]):
        if shown is not None and picture.time_s > at_s:
            break
        shown = picture
    return shown


def _pictures(decoder: Decoder, packets: Sequence[VideoPacket]) -> Iterator[Picture]:
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.flush()
