"""Owns pinning a camera's footage: the recorded parts as they are, the clip, a poster. Judges none.

The parts are the original: byte for byte what the capture node closed and told the log of. The clip
is copied from them without re-encoding, for people to play; anybody can make it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from pipelines.errors import Transient
from pipelines.evidence.footage import Footage, Pinned, Wanted
from pipelines.evidence.manifest import Coverage, SealedObject, Span
from pipelines.footage.types import Clip, ClipPart, NoFootage, UnreadableVideo
from pipelines.vault.types import Stored, Vault

log = structlog.get_logger()

_ABREAST = 4  # objects of one camera that are stored at once: disks and networks like company
_SLACK_MS = 250  # a clip ends with a frame; less than this short of the wish is no gap


class Pinning:
    """One camera's footage on its way into the vault. Every call blocks; one at a time."""

    def __init__(self, footage: Footage, objects: Vault, wanted: Wanted) -> None:
        self._footage, self._objects, self._wanted = footage, objects, wanted
        self._ahead: dict[int, Stored] = {}

    def ahead(self) -> None:
        """Stores the parts that are closed already, while the end of the span is waited for.

        Not the one that only reaches into the span: it may end before, and be in no clip.

        Raises:
            OSError, ObjectChanged, Transient: see ``Vault.put``.
        """
        wanted = self._wanted
        for part in self._footage.parts(wanted.camera_id, wanted.from_ms, wanted.to_ms):
            if part.start_ms >= wanted.from_ms and part.start_ms not in self._ahead:
                self._ahead[part.start_ms] = self._objects.put(part.path)

    def pin(self, gave_up: str, known: Sequence[Span]) -> Pinned:
        """Cuts the clip and stores it with its parts and a poster, side by side.

        Args:
            gave_up: why the end of the recording was not waited for longer; goes into the gap.
            known: gaps the capture node reported.

        Raises:
            Transient: something could not be written or stored for now.
            OSError, ObjectChanged: see ``Vault.put``; also where a part has left the ring.
        """
        wanted, told = self._wanted, _Told(gave_up=gave_up, known=known)
        with self._objects.scratch() as folder, ThreadPoolExecutor(_ABREAST) as pool:
            coming: dict[int, Future[Stored]] = {}

            def taken(part: ClipPart) -> None:  # stored while the clip is still being cut
                if part.start_ms not in self._ahead:
                    coming[part.start_ms] = pool.submit(self._objects.put, part.path)

            try:
                clip = self._footage.cut(
                    wanted.camera_id, wanted.from_ms, wanted.to_ms, folder / "clip.mp4", taken
                )
            except NoFootage:
                return _without(wanted, gave_up or "nothing was recorded", known)
            except OSError as error:
                raise Transient(f"clip of {wanted.camera_id}: {error}") from error
            except (UnreadableVideo, ValueError, RuntimeError) as error:
                log.warning("clip_unreadable", camera=wanted.camera_id, error=str(error))
                return _without(wanted, f"the recording cannot be read: {error}", known)
            cut = pool.submit(self._objects.put, clip.path)
            picture = _picture(self._footage, clip, wanted)
            poster = self._objects.put(picture) if picture else None
            stored = self._ahead | {at_ms: one.result() for at_ms, one in coming.items()}
            parts = [stored[part.start_ms] for part in clip.parts]
            put = _Put(parts=parts, clip=cut.result(), poster=poster)
        return _pinned(wanted, clip, put, told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put:
    """What is in the vault, under which digests."""

    parts: Sequence[Stored]
    clip: Stored
    poster: Stored | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is known of a span beside its footage."""

    gave_up: str
    known: Sequence[Span]


def _pinned(wanted: Wanted, clip: Clip, put: _Put, told: _Told) -> Pinned:
    camera_id = wanted.camera_id
    parts = [
        _object("part", f"part-{camera_id}-{part.start_ms}.mp4", "video/mp4", one)
        for part, one in zip(clip.parts, put.parts, strict=True)
    ]
    names = [part.name for part in parts]
    video = _object("clip", f"clip-{camera_id}.mp4", "video/mp4", put.clip, names)
    found = [*parts, video]
    if put.poster is not None:
        name = f"poster-{camera_id}.jpg"
        found.append(_object("poster", name, "image/jpeg", put.poster, [video.name]))
    return Pinned(
        objects=found,
        coverage=_coverage(wanted, clip, video.name, names, told),
        clip=clip,
        parts={part.start_ms: one.sha256 for part, one in zip(clip.parts, put.parts, strict=True)},
    )


def _picture(footage: Footage, clip: Clip, wanted: Wanted) -> bytes:
    at_ms = min(max(wanted.shown_ms, clip.start_ms), clip.end_ms) - clip.start_ms
    try:
        return footage.still(clip.path, at_ms / 1000)
    except UnreadableVideo as error:
        log.warning("poster_failed", camera=wanted.camera_id, error=str(error))
        return b""


def _object(
    role: str, name: str, media_type: str, stored: Stored, derived_from: Sequence[str] = ()
) -> SealedObject:
    return SealedObject(
        role=role,
        name=name,
        sha256=stored.sha256,
        sm3=stored.sm3,
        size_bytes=stored.size_bytes,
        media_type=media_type,
        derived_from=list(derived_from),
    )


def _coverage(wanted: Wanted, clip: Clip, name: str, parts: list[str], told: _Told) -> Coverage:
    gaps = [Span(start_ms=g.start_ms, end_ms=g.end_ms, reason=g.reason) for g in clip.gaps]
    gaps += [span for span in told.known if span not in gaps]
    if clip.start_ms > wanted.from_ms:
        gaps.append(
            Span(start_ms=wanted.from_ms, end_ms=clip.start_ms, reason="nothing was recorded")
        )
    short_ms = wanted.to_ms - clip.end_ms
    if short_ms > 0 and (told.gave_up or short_ms > _SLACK_MS):
        reason = told.gave_up or "nothing was recorded"
        gaps.append(Span(start_ms=clip.end_ms, end_ms=wanted.to_ms, reason=reason))
    return Coverage(
        camera_id=wanted.camera_id,
        clip=name,
        wanted_from_ms=wanted.from_ms,
        wanted_to_ms=wanted.to_ms,
        start_ms=clip.start_ms,
        end_ms=clip.end_ms,
        gaps=sorted(gaps, key=lambda gap: (gap.start_ms, gap.end_ms, gap.reason)),
        parts=parts,
    )


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
