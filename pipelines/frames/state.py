"""Owns what the frames stage remembers of a camera, and how it is stored. Must not judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from detectors import vision
from detectors.tracking import Tracks


class CameraMemory(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored of one camera: where its rules and its tracks stand."""

    judged: vision.CameraState
    tracks: Tracks | None = None


@dataclass(slots=True)
class FramesState:
    """What the stage remembers of one partition, by camera id."""

    cameras: dict[str, CameraMemory] = field(default_factory=dict)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(CameraMemory)


def encode(memory: CameraMemory) -> bytes:
    """One camera's memory as msgpack."""
    return _ENCODER.encode(memory)


def load(stored: Mapping[str, bytes]) -> FramesState:
    """Rebuilds a partition's state, one entry a camera."""
    return FramesState({camera: _decode(value) for camera, value in stored.items()})


def _decode(value: bytes) -> CameraMemory:
    try:
        return _DECODER.decode(value)
    except msgspec.ValidationError:  # written before there were tracks
        return CameraMemory(judged=vision.decode_camera(value))
