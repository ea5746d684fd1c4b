"""Saves what a crash left of a part: its whole fragments. Must not change a closed part."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import structlog

from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.ring import PARTIAL, SUFFIX, put_in_place
from pipelines.footage.types import Part, UnreadableVideo

_log = structlog.get_logger(__name__)
_BOX = struct.Struct(">I4s")


def salvage_all(folder: Path) -> list[Part]:
    """Makes a part of each partial file in a camera's folder, where a picture of it can be shown;
    removes the rest.
    """
    found = (salvage(partial) for partial in sorted(folder.glob(f"*{PARTIAL}")))
    return [part for part in found if part is not None]


def salvage(partial: Path) -> Part | None:
    """Closes one partial file at its last whole fragment; None, and no file, when it has none.

    Decodes all of it: a machine that lost its power may have left a hole inside.
    """
    target = partial.with_name(f"{partial.stem}{SUFFIX}")
    try:
        whole = _whole_bytes(partial)
        end_ms = None
        if whole and partial.stem.isdigit() and not target.exists():
            os.truncate(partial, whole)
            end_ms = _end_ms(partial, int(partial.stem))
        if end_ms is None:
            partial.unlink()
            return None
        data = partial.read_bytes()
        put_in_place(partial, target)
    except OSError as error:
        _log.warning("part_not_salvaged", path=str(partial), error=str(error))
        return None
    _log.info("part_salvaged", path=str(target), ms=end_ms - int(target.stem))
    return Part(
        camera_id=partial.parent.name, start_ms=int(target.stem), end_ms=end_ms, path=target,
        sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data),
    )  # fmt: skip


def _whole_bytes(path: Path) -> int:
    """Up to where the file holds whole ``moof`` and ``mdat`` pairs; 0 without any."""
    size, at, whole = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while at + _BOX.size <= size:
            file.seek(at)
            length, kind = _BOX.unpack(file.read(_BOX.size))
            if length < _BOX.size or at + length > size:
                break
            at += length
            if kind == b"mdat":
                whole = at
    return whole


def _end_ms(path: Path, start_ms: int) -> int | None:
    try:
        with open_video(str(path)) as video:
            decoder = Decoder(video)
            packets = [packet for packet in video.packets() if isinstance(packet, VideoPacket)]
            shown = sum(len(decoder.decode(packet)) for packet in packets) + len(decoder.flush())
    except UnreadableVideo:
        return None
    if not shown or decoder.undecodable:
        return None
    return round(start_ms + max(p.time_s + p.duration_s for p in packets) * 1000)
