"""Owns what the demo's cameras show: real video as H.264, tampered with in rendered ways."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from pipelines.demo.crew import Filmed
from pipelines.demo.tampering import capped, frozen, one_after_other, turned
from pipelines.footage.parts import KEPT_CODECS
from pipelines.footage.read import is_network, open_video
from pipelines.footage.transcode import Alter, to_h264

COVERED_S, FROZEN_S, TURNED_S = (52.0, 70.0), (10.0, 110.0), 130.0
POOL, WASTE, ENTRANCE, LIVE = "pool-camera", "waste-camera", "entrance-camera", "lobby-camera"
ROUNDS, HASTE = 4, 4.0
"""Being moved takes minutes to be sure of: that film is four times as long, played faster."""
FILMED: dict[str, Alter | None] = {
    POOL: None,
    WASTE: capped(COVERED_S),
    ENTRANCE: one_after_other(frozen(FROZEN_S), turned(TURNED_S, degrees=4, shift=(0.12, 0.05))),
}
"""The cameras that a file stands for, and what befalls each of them."""

ALERTS = {"camera-frozen": 1, "camera-moved": 1}
"""Rule to the alerts that it must give over these films."""

Tell = Callable[[str], None]


def demo_cameras(source: Path, cache: Path, start_ms: int, tell: Tell) -> list[Filmed]:
    """H.264 files from one source: as it is, once covered by us, once frozen and turned away."""
    return [
        Filmed(
            camera_id=camera_id, url=str(_h264(source, cache, camera_id, tell, alter)),
            start_ms=start_ms, haste=HASTE if camera_id == ENTRANCE else 1.0,
        )
        for camera_id, alter in FILMED.items()
    ]  # fmt: skip


def given_cameras(video: str, cache: Path, start_ms: int, tell: Tell) -> list[Filmed]:
    """One video of the user's for every camera, untouched where it can be recorded as it is.

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
    return [Filmed(camera_id=camera_id, url=video, start_ms=begins) for camera_id in FILMED]


def _h264(source: Path, cache: Path, name: str, tell: Tell, alter: Alter | None = None) -> Path:
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    target = cache / f"{source.stem}-{digest}-{name}.mp4"
    if not target.exists():
        tell(f"transcoding {source.name} for {name}, once")
        to_h264(source, target, alter=alter, times=ROUNDS if name == ENTRANCE else 1)
    return target
