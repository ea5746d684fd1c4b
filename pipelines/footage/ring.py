"""Owns where parts lie on disk and which may be dropped. Must not look inside a part."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from pipelines.footage.types import checked_camera_id

SUFFIX = ".mp4"


def camera_folder(folder: Path, camera_id: str) -> Path:
    """Where one camera's parts lie."""
    return folder / checked_camera_id(camera_id)


def recorded(folder: Path, camera_id: str) -> list[tuple[int, Path]]:
    """Start (epoch ms) and path of every closed part, oldest first."""
    found = camera_folder(folder, camera_id).glob(f"*{SUFFIX}")
    return sorted((int(path.stem), path) for path in found if path.stem.isdigit())


def prune(
    folder: Path, camera_id: str, *, keep_s: float, keep_bytes: int, pinned: Collection[str]
) -> list[Path]:
    """Drops the oldest parts of a camera until both bounds hold; returns what was dropped.

    Args:
        keep_s: age, counted from the start of the newest part, beyond which parts go.
        keep_bytes: what the camera's parts may take together.
        pinned: names of parts (``{start_ms}.mp4``) that evidence rests on; never dropped, even
            where the bounds cannot be kept then.
    """
    parts = [
        (start_ms, path, path.stat().st_size) for start_ms, path in recorded(folder, camera_id)
    ]
    total = sum(size for _, _, size in parts)
    dropped = []
    for start_ms, path, size in parts[:-1]:
        too_old = parts[-1][0] - start_ms > keep_s * 1000
        if not too_old and total <= keep_bytes:
            break
        if path.name in pinned:
            continue
        path.unlink()
        total -= size
        dropped.append(path)
    return dropped


def put_in_place(partial: Path, target: Path) -> None:
    """Makes a finished file durable under its name: synced, renamed, the folder synced."""
    _sync(partial)
    partial.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
