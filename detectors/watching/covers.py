"""Owns what each person in a clinical zone wears over looks. Must not know which of it is bad.

A face is judged over its track, never by one look: the last ``looks_n`` looks that could tell vote.
A look cannot tell when the face is lower than ``face_min_px``, when its score is below
``score_min``, or when two boxes on one face disagree; such a look is no vote, for or against.
"""

from __future__ import annotations

from statistics import median

import msgspec
import numpy as np

from detectors.catalogue import Entry
from detectors.types import FaceCover, Look, Zone
from detectors.watching.rounds import Finding
from detectors.watching.spell import Watch, is_gap
from detectors.watching.zones import faces_in
from models.yolo import iou_matrix

COVER_PARAMETERS = frozenset(
    {"looks_n", "looks_min", "share_min", "score_min", "face_min_px", "leave_s", "looks_gap_s"}
)
_SAME_FACE = 0.5


class Vote(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What one look says of one face: a ``FaceCover``, how sure, and how high the face is."""

    time_ms: int
    cover: int
    score: float
    height_px: float


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[int, tuple[Vote, ...]])


def judge_cover(watch: Watch, look: Look, zone: Zone, entry: Entry, cover: FaceCover) -> Finding:
    """Whether anybody in the zone wears ``cover``, by the votes of their track."""
    gap = is_gap(watch, look.time_ms, entry)
    before = {} if gap or not watch.memory else _DECODER.decode(watch.memory)
    votes = _with(before, _votes(look, zone, entry), look.time_ms, entry)
    watch = msgspec.structs.replace(watch, memory=_ENCODER.encode(votes))
    judged = {
        face: cast for face, cast in votes.items() if len(cast) >= entry.parameters["looks_min"]
    }
    if (
        not judged
    ):  # somebody not yet known leaves the spell as it is; nobody to judge is no finding
        return watch, False if not votes else None, look.time_ms, 0.0, {}
    face, share = max(
        ((face, _share(cast, cover)) for face, cast in judged.items()), key=lambda one: one[1]
    )
    worn = [vote for vote in judged[face] if vote.cover == cover]
    inputs = {
        "track_id": float(face),
        "looks": float(len(judged[face])),
        "looks_so": float(len(worn)),
        "share": share,
        "share_min": entry.parameters["share_min"],
        "faces": float(len(judged)),
        "face_min_px": entry.parameters["face_min_px"],
        "score_min": entry.parameters["score_min"],
    }
    if share < entry.parameters["share_min"]:
        return watch, False, look.time_ms, 100 * share, inputs
    inputs["score"] = float(median(vote.score for vote in worn))
    inputs["face_px"] = float(median(vote.height_px for vote in worn))
    return watch, True, worn[0].time_ms, 100 * share, inputs


def _share(votes: tuple[Vote, ...], cover: FaceCover) -> float:
    return sum(vote.cover == cover for vote in votes) / len(votes)


def _with(
    before: dict[int, tuple[Vote, ...]], now: dict[int, Vote], time_ms: int, entry: Entry
) -> dict[int, tuple[Vote, ...]]:
    """Adds a look's votes; who was not judged for ``leave_s`` is forgotten."""
    kept = {
        face: votes
        for face, votes in before.items()
        if face in now or time_ms - votes[-1].time_ms < entry.parameters["leave_s"] * 1000
    }
    looks_n = int(entry.parameters["looks_n"])
    added = {face: (*kept.get(face, ()), vote)[-looks_n:] for face, vote in now.items()}
    return kept | added


def _votes(look: Look, zone: Zone, entry: Entry) -> dict[int, Vote]:
    """What this look says of each tracked face in the zone that it can tell of."""
    faces = look.faces
    height = faces.boxes_xyxy[:, 3] - faces.boxes_xyxy[:, 1]
    told = (
        faces_in(zone, look)
        & (faces.track_id > 0)
        & (height >= entry.parameters["face_min_px"])
        & (faces.score >= entry.parameters["score_min"])
    )
    same = iou_matrix(faces.boxes_xyxy, faces.boxes_xyxy) > _SAME_FACE
    told &= ~(same & (faces.class_id[:, None] != faces.class_id[None, :])).any(axis=1)
    return {
        int(faces.track_id[row]): Vote(
            time_ms=look.time_ms,
            cover=int(faces.class_id[row]),
            score=float(faces.score[row]),
            height_px=float(height[row]),
        )
        for row in np.flatnonzero(told)
    }
