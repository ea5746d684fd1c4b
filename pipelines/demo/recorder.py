"""Owns the demo's body-camera files: what an officer's recorder might hold. Never evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from infra.footage import CACHE, demo_video
from pipelines.footage.bodycam import BodyCamera, film


def make(
    path: Path,
    start_ms: int,
    seconds: float,
    *,
    source: Path | None = None,
    camera: BodyCamera | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Writes a small MP4 with picture, sound and its time of making, and returns its path.

    Args:
        start_ms: epoch ms of its first picture.
        source: what is filmed; the demo video when left out.

    Raises:
        StackError: there is no demo video; the text says what to do.
        UnreadableVideo: the source cannot be read.
    """
    film(
        source or demo_video(CACHE, tell), path, start_ms=start_ms, seconds=seconds,
        camera=camera, seed=seed,
    )  # fmt: skip
    return path
