"""Owns waiting for a recording and cutting clips from it. Must not store or judge them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from pipelines.errors import Transient
from pipelines.evidence.manifest import Coverage, SealedObject, Span
from pipelines.footage import clip as recording
from pipelines.footage.still import still
from pipelines.footage.types import Clip, NoFootage, UnreadableVideo
from pipelines.vault.types import Vault

log = structlog.get_logger()

POLL_S = 0.25


class Footage(Protocol):
    """What sealing needs of recordings. Calls block: they are made in threads."""

    def covered_until_ms(self, camera_id: str) -> int | None:
        """Up to when a camera is recorded; None when nothing is."""
        ...

    def cut(self, camera_id: str, start_ms: int, end_ms: int, target: Path) -> Clip:
        """Writes a clip without re-encoding.

        Raises:
            NoFootage: nothing was recorded in that span.
        """
        ...

    def still(self, clip_path: Path, at_s: float) -> bytes:
        """One picture of a clip as JPEG.

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

    def cut(self, camera_id: str, start_ms: int, end_ms: int, target: Path) -> Clip:
        """See ``Footage``."""
        return recording.cut(self._folder, camera_id, start_ms, end_ms, target)

    def still(self, clip_path: Path, at_s: float) -> bytes:
        """See ``Footage``."""
        return still(clip_path, at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a seal waits for footage.

    Attributes:
        still_s: without any growth of the recording.
        longest_s: altogether, so that a recording that crawls along behind cannot hold evidence
            back for ever.
    """

    still_s: float
    longest_s: float


async def wait_until_covered(
    footage: Footage,
    camera_id: str,
    end_ms: int,
    patience: Patience,
    *,
    clock_s: Callable[[], float] = time.monotonic,
) -> str:
    """Waits for the recording to pass ``end_ms``; returns why it gave up, or ``""``."""
    began_s = grew_s = clock_s()
    seen = await asyncio.to_thread(footage.covered_until_ms, camera_id)
    while seen is None or seen < end_ms:
        if clock_s() - grew_s >= patience.still_s:
            return f"the recording did not grow for {patience.still_s:g} s"
        if clock_s() - began_s >= patience.longest_s:
            return f"the recording was behind for {patience.longest_s:g} s"
        await asyncio.sleep(POLL_S)
        now = await asyncio.to_thread(footage.covered_until_ms, camera_id)
        if now != seen:
            seen, grew_s = now, clock_s()
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A camera's part of the evidence: objects already stored, and what they cover."""

    objects: list[SealedObject]
    coverage: Coverage
    clip: Clip | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A span of one camera; ``shown_ms`` is the moment its poster shows."""

    camera_id: str
    from_ms: int
    to_ms: int
    shown_ms: int


def pin(
    footage: Footage, objects: Vault, wanted: Wanted, gave_up: str, known: Sequence[Span]
) -> Pinned:
    """Cuts and stores a camera's clip and poster. Blocks.

    Args:
        gave_up: why the end of the recording was not waited for longer; goes into the gap.
        known: gaps the capture node reported.

    Raises:
        Transient: the clip could not be written or stored for now.
        ObjectChanged: see ``Vault.put``.
    """
    with objects.scratch() as folder:
        target = folder / "clip.mp4"
        try:
            clip = footage.cut(wanted.camera_id, wanted.from_ms, wanted.to_ms, target)
        except NoFootage:
            return _without(wanted, gave_up or "nothing was recorded", known)
        except OSError as error:
            raise Transient(f"clip of {wanted.camera_id}: {error}") from error
        except (UnreadableVideo, ValueError, RuntimeError) as error:
            log.warning("clip_unreadable", camera=wanted.camera_id, error=str(error))
            return _without(wanted, f"the recording cannot be read: {error}", known)
        stored = objects.put(clip.path)
        if stored.sha256 != clip.sha256:  # changed between cutting and storing: cut it again
            raise Transient(
                f"clip of {wanted.camera_id}: cut {clip.sha256}, stored {stored.sha256}"
            )
        video = SealedObject(
            role="clip",
            name=f"clip-{wanted.camera_id}.mp4",
            sha256=stored.sha256,
            sm3=stored.sm3,
            size_bytes=stored.size_bytes,
            media_type="video/mp4",
        )
        posters = _poster(footage, objects, clip, video, wanted)
    return Pinned(
        objects=[video, *posters],
        coverage=_coverage(wanted, clip, video, gave_up, known),
        clip=clip,
    )


def _poster(
    footage: Footage, objects: Vault, clip: Clip, video: SealedObject, wanted: Wanted
) -> list[SealedObject]:
    at_s = min(max(wanted.shown_ms, clip.start_ms), clip.end_ms) - clip.start_ms
    try:
        picture = footage.still(clip.path, at_s / 1000)
    except UnreadableVideo as error:
        log.warning("poster_failed", camera=wanted.camera_id, error=str(error))
        return []
    stored = objects.put(picture)
    return [
        SealedObject(
            role="poster",
            name=f"poster-{wanted.camera_id}.jpg",
            sha256=stored.sha256,
            sm3=stored.sm3,
            size_bytes=stored.size_bytes,
            media_type="image/jpeg",
            derived_from=[video.name],
        )
    ]


def _coverage(
    wanted: Wanted, clip: Clip, video: SealedObject, gave_up: str, known: Sequence[Span]
) -> Coverage:
    gaps = [Span(start_ms=g.start_ms, end_ms=g.end_ms, reason=g.reason) for g in clip.gaps]
    gaps += [span for span in known if span not in gaps]
    if clip.start_ms > wanted.from_ms:
        gaps.append(
            Span(start_ms=wanted.from_ms, end_ms=clip.start_ms, reason="nothing was recorded")
        )
    if clip.end_ms < wanted.to_ms and (gave_up or wanted.to_ms - clip.end_ms > _SLACK_MS):
        reason = gave_up or "nothing was recorded"
        gaps.append(Span(start_ms=clip.end_ms, end_ms=wanted.to_ms, reason=reason))
    return Coverage(
        camera_id=wanted.camera_id,
        clip=video.name,
        wanted_from_ms=wanted.from_ms,
        wanted_to_ms=wanted.to_ms,
        start_ms=clip.start_ms,
        end_ms=clip.end_ms,
        gaps=sorted(gaps, key=lambda gap: (gap.start_ms, gap.end_ms, gap.reason)),
        parts=list(clip.parts),
    )


_SLACK_MS = 250  # a clip ends with a frame; less than this short of the wish is no gap


def _without(wanted: Wanted, reason: str, known: Sequence[Span]) -> Pinned:
    whole = Span(start_ms=wanted.from_ms, end_ms=wanted.to_ms, reason=reason)
    return Pinned(
        objects=[],
        coverage=Coverage(
            camera_id=wanted.camera_id,
            clip="",
            wanted_from_ms=wanted.from_ms,
            wanted_to_ms=wanted.to_ms,
            start_ms=None,
            end_ms=None,
            gaps=[whole, *known],
            parts=[],
        ),
    )
