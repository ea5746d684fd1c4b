"""Owns the rule ``closed_area``: a person's feet in a closed zone while it counts.

One false detection is nobody and one missed detection is no exit: who is in the zone has the
inertia of ``detectors.watching.presence``.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.presence import PRESENCE_PARAMETERS, follow
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch

RULE = "closed_area"
PARAMETERS = PRESENCE_PARAMETERS


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``closed`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="closed", judge=anybody)


def anybody(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding:
    """Whether anybody is in the zone, and for how long the first of them has been."""
    watch, occupied = follow(watch, look, zone, entry)
    inputs = {
        "people": float(len(occupied.seen)),
        "looks_min": entry.parameters["looks_min"],
        "score_min": entry.parameters["score_min"],
    }
    if not occupied.inside:
        return watch, False, look.time_ms, 0.0, inputs
    first = occupied.inside[0]
    inputs |= {
        "track_id": float(first.track_id),
        "looks_inside": float(first.looks),
        "score": first.score,
    }
    # Whom this look missed is still in, but a spell opens at a look that shows somebody.
    seen = len(occupied.seen)
    return watch, True if seen else None, first.first_ms, float(seen), inputs
