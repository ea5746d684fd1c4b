"""Owns going one look on: old tracks, new tracks, ended tracks. Must not judge anything."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.tracking.faces import owners
from detectors.tracking.matching import Boxes, pairs
from detectors.tracking.motion import Filter, Four, begin
from detectors.tracking.tracks import SCORES_N, Motion, Track, Tracks
from detectors.types import Look
from models.types import Detections

LOST_MS = 10_000
"""Unseen for longer, a track ends: who comes then may be anybody."""
SURE = 0.5


def track(state: Tracks | None, look: Look) -> tuple[Tracks, Look]:
    """Goes one look on.

    Args:
        state: what the look before left; None for the first.
        look: with untracked detections. One that is not newer than the last changes nothing.

    Returns:
        The tracks after the look, and the look with track ids. A person's score becomes the median
        of the track's last ``SCORES_N``. A face takes the id of the person on whose upper half it
        is, of the one it was last on when nobody is found there, else an id of its own.
    """
    was = state or Tracks()
    if was.last_ms is not None and look.time_ms <= was.last_ms:
        return was, look
    persons, person_ids, next_id = _follow(was.persons, look.persons, look.time_ms, was.next_id)
    faces, face_ids, next_id = _follow(was.faces, look.faces, look.time_ms, next_id)
    by_id = {one.track_id: one for one in persons}
    scores = np.array([by_id[i].score for i in person_ids], np.float32)
    seen = replace(look.persons, track_id=np.array(person_ids, np.int64), score=scores)
    faces, shown = _owned(faces, face_ids, owners(look.faces, seen))
    return (
        Tracks(last_ms=look.time_ms, next_id=next_id, persons=persons, faces=faces),
        replace(look, persons=seen, faces=replace(look.faces, track_id=shown)),
    )


def _follow(
    tracks: tuple[Track, ...], found: Detections, time_ms: int, next_id: int
) -> tuple[tuple[Track, ...], list[int], int]:
    """Tracks after one look's boxes, the id of each box, and the next free id."""
    alive = [one for one in tracks if time_ms - one.last_ms <= LOST_MS]
    kalman = Filter()
    predicted = [kalman.predict(one.motion, time_ms - one.last_ms) for one in alive]
    boxes = found.boxes_xyxy.astype(np.float64)
    places = _places(boxes)
    ids = [0] * len(found)
    for at, box in _matches(predicted, boxes, found.score >= SURE):
        one, score = alive[at], float(found.score[box])
        alive[at] = msgspec.structs.replace(
            one,
            last_ms=time_ms,
            hits=one.hits + 1,
            scores=(*one.scores, score)[-SCORES_N:],
            motion=kalman.correct(predicted[at], places[box]),
        )
        ids[box] = one.track_id
    for box in (box for box, track_id in enumerate(ids) if not track_id):
        ids[box], next_id = next_id, next_id + 1
        alive.append(
            Track(
                track_id=ids[box],
                first_ms=time_ms,
                last_ms=time_ms,
                hits=1,
                scores=(float(found.score[box]),),
                motion=begin(places[box]),
            )
        )
    return tuple(alive), ids, next_id


def _matches(
    predicted: list[Motion], boxes: Boxes, sure: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Sure boxes first; faint ones only for tracks that no sure box took (ByteTrack)."""
    first, faint = np.flatnonzero(sure), np.flatnonzero(~sure)
    matched = [(at, int(first[box])) for at, box in pairs(predicted, boxes[first])]
    taken = {at for at, _ in matched}
    left = [at for at in range(len(predicted)) if at not in taken]
    rest = pairs([predicted[at] for at in left], boxes[faint])
    return matched + [(left[at], int(faint[box])) for at, box in rest]


def _places(boxes: Boxes) -> list[Four]:
    size = boxes[:, 2:] - boxes[:, :2]
    rows = np.hstack([boxes[:, :2] + size / 2, size]).tolist()
    return [(x, y, width, height) for x, y, width, height in rows]


def _owned(
    faces: tuple[Track, ...], face_ids: list[int], owner_ids: NDArray[np.int64]
) -> tuple[tuple[Track, ...], NDArray[np.int64]]:
    """Faces that remember whose they are, and the id shown for each found one."""
    now = {face: int(owner) for face, owner in zip(face_ids, owner_ids, strict=True) if owner > 0}
    known = tuple(
        msgspec.structs.replace(one, owner_id=now[one.track_id]) if one.track_id in now else one
        for one in faces
    )
    last = {one.track_id: one.owner_id for one in known}
    taken, shown = set(now.values()), []
    for face in face_ids:
        owner = now.get(face)
        if owner is None and (owner := last.get(face)) in taken:
            owner = None  # that person's face is found already
        shown.append(owner or face)
        taken.add(shown[-1])
    return known, np.array(shown, np.int64)
