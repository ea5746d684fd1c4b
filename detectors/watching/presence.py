"""Owns who is in a zone over looks, so that counts do not flap. Must not know what that means.

A track is in after ``looks_min`` looks inside, and out after it was outside or unseen for
``leave_s``; looks further apart than ``looks_gap_s`` leave nothing known. A person counts while the
median score of their track (``detectors.tracking``) is at least ``score_min``. Persons without a
track are told apart by their number only: their count has the same inertia.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from detectors.catalogue import Entry
from detectors.types import Look, Zone
from detectors.watching.spell import NEVER_MS, Watch, is_gap
from detectors.watching.zones import persons_in

PRESENCE_PARAMETERS = frozenset({"looks_min", "leave_s", "score_min", "looks_gap_s"})


class Presence(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One track's stay in a zone.

    Attributes:
        first_ms: the look it was first seen inside.
        looks: looks it was seen inside.
        away_ms: since when it was not seen inside; ``NEVER_MS`` while it is.
        score: the median score of its track when last seen inside.
    """

    track_id: int
    first_ms: int
    looks: int
    score: float
    away_ms: int = NEVER_MS

    @property
    def here(self) -> bool:
        """Whether the last look saw it inside."""
        return self.away_ms == NEVER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Who is in a zone after a look.

    Attributes:
        inside: the stays that count, longest first.
        left_ms: of those that counted before this look, when the last one was first not seen;
            the time of the look when nobody did.
    """

    inside: tuple[Presence, ...]
    left_ms: int

    @property
    def seen(self) -> tuple[Presence, ...]:
        """Those that this look saw: what is safe to count, for a lost track may be back anew."""
        return tuple(one for one in self.inside if one.here)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Presence, ...])


def follow(watch: Watch, look: Look, zone: Zone, entry: Entry) -> tuple[Watch, Occupancy]:
    """Goes one look on; the watch remembers the stays."""
    gap = is_gap(watch, look.time_ms, entry)
    before = () if gap or not watch.memory else _DECODER.decode(watch.memory)
    after = _after(before, _here(look, zone, entry), look.time_ms, entry)
    looks_min = entry.parameters["looks_min"]
    inside = sorted((one for one in after if one.looks >= looks_min), key=lambda one: one.first_ms)
    left = [one.away_ms for one in before if one.looks >= looks_min and not one.here]
    watch = msgspec.structs.replace(watch, memory=_ENCODER.encode(after))
    return watch, Occupancy(inside=tuple(inside), left_ms=max(left, default=look.time_ms))


def _here(look: Look, zone: Zone, entry: Entry) -> dict[int, float]:
    """Track id to score of the persons who count at this look."""
    found: dict[int, float] = {}
    persons = look.persons
    for row in persons_in(zone, look).nonzero()[0].tolist():
        score = float(persons.score[row])
        if score >= entry.parameters["score_min"]:
            track_id = int(persons.track_id[row])
            found[track_id if track_id > 0 else -1 - len(found)] = score
    return found


def _after(
    before: tuple[Presence, ...], here: dict[int, float], time_ms: int, entry: Entry
) -> tuple[Presence, ...]:
    stays = []
    for one in before:
        score = here.pop(one.track_id, None)
        if score is not None:
            stays.append(
                msgspec.structs.replace(one, looks=one.looks + 1, away_ms=NEVER_MS, score=score)
            )
            continue
        away_ms = time_ms if one.here else one.away_ms
        if time_ms - away_ms < entry.parameters["leave_s"] * 1000:
            stays.append(msgspec.structs.replace(one, away_ms=away_ms))
    stays += [
        Presence(track_id=track_id, first_ms=time_ms, looks=1, score=score)
        for track_id, score in here.items()
    ]
    return tuple(stays)
