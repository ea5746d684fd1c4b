"""Owns waiting for a recording, and what is asked of one. Must not store or judge it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pipelines.evidence.manifest import Coverage, SealedObject
from pipelines.footage import clip as recording
from pipelines.footage.ring import recorded_in
from pipelines.footage.still import still
from pipelines.footage.types import Clip, ClipPart

Taken = Callable[[ClipPart], None]
POLL_S = 0.25
_NEAR_S = 1.0  # a poster is for recognition, the clip shows the moment: a keyframe is enough


class Footage(Protocol):
    """What sealing needs of recordings. Calls block: they are made in threads."""

    def covered_until_ms(self, camera_id: str) -> int | None:
        """Up to when a camera is recorded; None when nothing is."""
        ...

    def parts(self, camera_id: str, start_ms: int, end_ms: int) -> list[ClipPart]:
        """The closed parts that begin in a span, and the one before."""
        ...

    def cut(self, camera_id: str, start_ms: int, end_ms: int, target: Path, taken: Taken) -> Clip:
        """Writes a clip without re-encoding; ``taken`` is told of each part that is in it.

        Raises:
            NoFootage: nothing was recorded in that span.
        """
        ...

    def still(self, clip_path: Path, at_s: float) -> bytes:
        """A picture of a clip at that moment or within a second of it, as JPEG.

        Raises:
            UnreadableVideo: the clip shows nothing.
        """
        ...


class RecordedFootage:
    """The recordings that capture nodes leave in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def covered_until_ms(self, camera_id: str) -> int | None:
        """See ``Footage``."""
        return recording.covered_until_ms(self._folder, camera_id)

    def parts(self, camera_id: str, start_ms: int, end_ms: int) -> list[ClipPart]:
        """See ``Footage``."""
        found = recorded_in(self._folder, camera_id, start_ms, end_ms)
        return [ClipPart(start_ms=at_ms, path=path) for at_ms, path in found]

    def cut(self, camera_id: str, start_ms: int, end_ms: int, target: Path, taken: Taken) -> Clip:
        """See ``Footage``."""
        return recording.cut(self._folder, camera_id, start_ms, end_ms, target, taken=taken)

    def still(self, clip_path: Path, at_s: float) -> bytes:
        """See ``Footage``."""
        return still(clip_path, at_s, near_s=_NEAR_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a seal waits for footage.

    Attributes:
        still_s: without any growth of the recording.
        longest_s: altogether, so that a recording that crawls along behind cannot hold evidence
            back for ever.
        told_s: for the ledger to be told of a part: nodes do so every few seconds.
    """

    still_s: float
    longest_s: float
    told_s: float = 10.0


async def wait_until_covered(
    footage: Footage,
    camera_id: str,
    end_ms: int,
    patience: Patience,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    clock_s: Callable[[], float] = time.monotonic,
) -> str:
    """Waits for the recording to pass ``end_ms``; returns why it gave up, or ``""``.

    Args:
        meanwhile: called in a thread for what is recorded already, and whenever it has grown,
            until the span is covered; what it raises ends the wait.
    """
    began_s = grew_s = clock_s()
    seen = await asyncio.to_thread(footage.covered_until_ms, camera_id)
    taken: int | None = None
    while seen is None or seen < end_ms:
        if seen != taken:
            await asyncio.to_thread(meanwhile)
            taken, grew_s = seen, clock_s()
        if clock_s() - grew_s >= patience.still_s:
            return f"the recording did not grow for {patience.still_s:g} s"
        if clock_s() - began_s >= patience.longest_s:
            return f"the recording was behind for {patience.longest_s:g} s"
        await asyncio.sleep(_pause_s(end_ms - seen if seen is not None else 0))
        now = await asyncio.to_thread(footage.covered_until_ms, camera_id)
        if now != seen:
            seen, grew_s = now, clock_s()
    return ""


def _pause_s(ahead_ms: int) -> float:
    """Seldom while much is still to be recorded: to look is to list days of parts."""
    return min(max(POLL_S, ahead_ms / 4000), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A span of one camera; ``shown_ms`` is the moment its poster shows."""

    camera_id: str
    from_ms: int
    to_ms: int
    shown_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A camera's part of the evidence: objects already stored, and what they cover.

    Attributes:
        objects: recording parts, the clip that was copied from them, its poster.
        parts: SHA-256 of each pinned part as it lay there, by its start (epoch ms).
    """

    objects: list[SealedObject]
    coverage: Coverage
    clip: Clip | None = None
    parts: Mapping[int, str] = field(default_factory=dict)
