"""Owns pinning a camera's footage: the recorded parts as they are, the clip, a poster. Judges none.

The parts are the original: byte for byte what the capture node closed and told the log of. The clip
is copied from them without re-encoding, for people to play; anybody can make it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from pipelines.errors import Transient
from pipelines.evidence.footage import Footage, Pinned, Wanted
from pipelines.evidence.manifest import Coverage, SealedObject, Span
from pipelines.footage.types import Clip, NoFootage, UnreadableVideo
from pipelines.vault.types import Stored, Vault

log = structlog.get_logger()

_ABREAST = 8  # objects of one camera that are stored at once: disks and networks like company
_SLACK_MS = 250  # a clip ends with a frame; less than this short of the wish is no gap


def pin(
    footage: Footage, objects: Vault, wanted: Wanted, gave_up: str, known: Sequence[Span]
) -> Pinned:
    """Cuts a camera's clip and stores it with its parts and a poster, side by side. Blocks.

    Args:
        gave_up: why the end of the recording was not waited for longer; goes into the gap.
        known: gaps the capture node reported.

    Raises:
        Transient: something could not be written or stored for now.
        OSError, ObjectChanged: see ``Vault.put``; also where a part has left the ring meanwhile.
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
        return _stored(footage, objects, clip, wanted, _Told(gave_up, known))


class _Told:
    """What is known of a span beside its footage."""

    def __init__(self, gave_up: str, known: Sequence[Span]) -> None:
        self.gave_up, self.known = gave_up, known


def _stored(footage: Footage, objects: Vault, clip: Clip, wanted: Wanted, told: _Told) -> Pinned:
    camera_id = wanted.camera_id
    with ThreadPoolExecutor(_ABREAST, thread_name_prefix="pin") as pool:
        cut = pool.submit(objects.put, clip.path)  # first: it takes longest
        taken = [pool.submit(objects.put, part.path) for part in clip.parts]
        picture = _picture(footage, clip, wanted)
        poster = pool.submit(objects.put, picture) if picture else None
    parts = [
        _object("part", f"part-{camera_id}-{part.start_ms}.mp4", "video/mp4", done.result())
        for part, done in zip(clip.parts, taken, strict=True)
    ]
    names = [part.name for part in parts]
    video = _object("clip", f"clip-{camera_id}.mp4", "video/mp4", cut.result(), names)
    found = [*parts, video]
    if poster is not None:
        made = poster.result()
        found.append(_object("poster", f"poster-{camera_id}.jpg", "image/jpeg", made, [video.name]))
    return Pinned(
        objects=found,
        coverage=_coverage(wanted, clip, video.name, names, told),
        clip=clip,
        parts={part.start_ms: item.sha256 for part, item in zip(clip.parts, parts, strict=True)},
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
