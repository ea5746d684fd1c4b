"""Owns what the demo's two cameras show: real video as H.264, once covered by a rendered cap."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from pipelines.demo.crew import Filmed
from pipelines.footage.read import is_network, open_video
from pipelines.footage.record import KEPT_CODECS
from pipelines.footage.transcode import to_h264

CAMERAS = ("pool-camera", "waste-camera")
COVERED_S = (52.0, 70.0)

Tell = Callable[[str], None]


def demo_cameras(source: Path, cache: Path, start_ms: int, tell: Tell) -> list[Filmed]:
    """Two H.264 files from one source; in the second the lens is covered for a while, by us."""
    urls = (
        _h264(source, cache, CAMERAS[0], tell),
        _h264(source, cache, CAMERAS[1], tell, covered_s=COVERED_S),
    )
    return [
        Filmed(camera_id=camera_id, url=str(url), start_ms=start_ms)
        for camera_id, url in zip(CAMERAS, urls, strict=True)
    ]


def given_cameras(video: str, cache: Path, start_ms: int, tell: Tell) -> list[Filmed]:
    """One video of the user's for both cameras, untouched where it can be recorded as it is.

    Raises:
        UnreadableVideo: a file that cannot be read; an address is for the capture node to try.
    """
    begins = None
    if not is_network(video):
        begins = start_ms
        with open_video(video) as opened:
            kept = opened.codec in KEPT_CODECS
        if not kept:
            video = str(_h264(Path(video), cache, "given", tell))
    return [Filmed(camera_id=camera_id, url=video, start_ms=begins) for camera_id in CAMERAS]


def _h264(
    source: Path, cache: Path, name: str, tell: Tell, covered_s: tuple[float, float] | None = None
) -> Path:
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    target = cache / f"{source.stem}-{digest}-{name}.mp4"
    if not target.exists():
        tell(f"transcoding {source.name} for {name}, once")
        to_h264(source, target, covered_s=covered_s)
    return target
