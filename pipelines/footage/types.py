"""Owns what footage is made of: parts, gaps, clips and the errors. Must not touch PyAV or files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

_CAMERA_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class GapCause(StrEnum):
    """Why there is no footage: the reasons of AV-18 that a node can tell apart."""

    FAULT = "fault"
    NETWORK = "network"
    POWER = "power"
    STORAGE = "storage"
    MOVED = "moved"
    CLOCK = "clock"
    PRIVACY = "privacy"
    STOPPED = "stopped"


class UnreadableVideo(RuntimeError):
    """A source gives no video. The text names the camera and says what to do.

    Attributes:
        cause: what to call the gap that it leaves.
    """

    def __init__(self, text: str, *, cause: GapCause = GapCause.FAULT) -> None:
        super().__init__(text)
        self.cause = cause


class NoFootage(LookupError):
    """Nothing was recorded in the span that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One closed piece of a recording; its file is never changed again.

    Attributes:
        start_ms: UTC of its first frame, a keyframe; names the file.
        end_ms: UTC at which its last frame ends.
        sha256: hex digest of the file's bytes.
    """

    camera_id: str
    start_ms: int
    end_ms: int
    path: Path
    sha256: str
    size_bytes: int


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A span of which there is no footage, and why.

    Attributes:
        reason: for people.
        cause: for counting and for what is to be done about it.
    """

    camera_id: str
    start_ms: int
    end_ms: int
    reason: str
    cause: GapCause = GapCause.FAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A span that must not be dropped, e.g. because an alert's seal still waits for it.

    Attributes:
        why: for people.
    """

    camera_id: str
    start_ms: int
    end_ms: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPart:
    """A recorded part that a clip was copied from.

    Attributes:
        start_ms: UTC of its first frame.
    """

    start_ms: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Footage joined into one file by copying packets.

    Attributes:
        start_ms: UTC of its first frame (a keyframe, at or before the moment asked for).
        end_ms: UTC at which its last frame ends.
        parts: the parts it was joined from, in order of time.
        gaps: spans between start and end that were not recorded; the clip's clock runs on in them.
        size_px: width and height of its picture; zero where the stream does not tell.
        frames_ms: UTC of each of its frames in the order of decoding.
    """

    path: Path
    start_ms: int
    end_ms: int
    parts: tuple[ClipPart, ...]
    gaps: tuple[Gap, ...]
    size_px: tuple[int, int] = (0, 0)
    frames_ms: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a source came to its end: the last thing it yields.

    Attributes:
        reason: ``end of file`` or ``truncated``.
        detail: for people.
        cause: what to call the gap that follows, of a source that should not end.
    """

    reason: str
    detail: str = ""
    cause: GapCause = GapCause.NETWORK

    @property
    def early(self) -> bool:
        """Whether footage that should be there is missing."""
        return self.reason != "end of file"


def checked_camera_id(camera_id: str) -> str:
    """The same id, known to be safe as a folder's name.

    Raises:
        ValueError: it holds anything but letters, digits, ``_``, ``.`` and ``-``.
    """
    if not _CAMERA_ID.fullmatch(camera_id):
        raise ValueError(f"camera id {camera_id!r}: use letters, digits, '_', '.', '-' only")
    return camera_id
