"""Owns the demo's two cameras: real footage, transcoded to H.264 once, the second one covered for
a while by a rendered lens cap (and the demo says so)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.demo.crew import Filmed
from pipelines.footage.transcode import to_h264

CAMERAS = ("pool-camera", "waste-camera")
COVERED_S = (52.0, 70.0)


def demo_cameras(
    source: Path, cache: Path, start_ms: int, tell: Callable[[str], None]
) -> list[Filmed]:
    """Two H.264 files from one source video; made once, kept in ``cache``."""
    filmed = []
    for camera_id, covered in zip(CAMERAS, (None, COVERED_S), strict=True):
        target = cache / f"{source.stem}-{camera_id}.mp4"
        if not target.exists():
            tell(f"transcoding {source.name} for {camera_id}, once")
            unfinished = target.with_suffix(".part.mp4")
            to_h264(source, unfinished, covered_s=covered)
            unfinished.replace(target)
        filmed.append(Filmed(camera_id=camera_id, url=str(target), start_ms=start_ms))
    return filmed


def given_cameras(video: str, start_ms: int) -> list[Filmed]:
    """One video of the user's for both cameras; an address (``rtsp://``) is live."""
    live = "://" in video
    begins = None if live else start_ms
    return [Filmed(camera_id=camera_id, url=video, start_ms=begins) for camera_id in CAMERAS]
