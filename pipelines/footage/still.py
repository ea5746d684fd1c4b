"""Poster pictures for the web page. Must not change the clip they are taken from."""

from __future__ import annotations

from pathlib import Path

from pipelines.footage.decode import Decoder, Picture, jpeg
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended, UnreadableVideo


def still(clip_path: Path, at_s: float, *, width_px: int = 640, quality: int = 85) -> bytes:
    """The picture shown ``at_s`` seconds into a clip (the last one past its end), as JPEG.

    Raises:
        UnreadableVideo: no such clip, or no picture in it.
    """
    with open_video(str(clip_path)) as video:
        decoder = Decoder(video)
        shown: Picture | None = None
        for packet in video.packets():
            ended = isinstance(packet, Ended)
            for picture in decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet):
                if shown is not None and picture.time_s > at_s:
                    ended = True
                    break
                shown = picture
            if ended:
                break
    if shown is None:
        raise UnreadableVideo(f"{clip_path} holds no picture that can be decoded")
    return jpeg(shown.bgr(width_px=width_px), quality=quality)
