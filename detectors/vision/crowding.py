"""Owns the rule ``crowding``: more people in a zone than it is licensed for.

The median of the last ``looks_n`` looks is compared with the zone's limit; a zone without a limit
is not judged. A look counts those it sees, not those lost a moment ago: a lost track that is found
again under a new id would count twice.
"""

from __future__ import annotations

from statistics import median

import msgspec

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.presence import PRESENCE_PARAMETERS, follow
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch, remember

RULE = "crowding"
PARAMETERS = PRESENCE_PARAMETERS | {"looks_n"}


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``crowd`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="crowd", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding | None:
    if zone.limit <= 0:
        return None
    watch, occupied = follow(watch, look, zone, entry)
    people = float(len(occupied.seen))
    watch = remember(watch, look.time_ms, people, entry)
    watch = msgspec.structs.replace(watch, limit=float(zone.limit))
    middle = float(median(figure for _, figure in watch.recent))
    full = len(watch.recent) >= entry.parameters["looks_n"]
    inputs = {
        "people": people,
        "median_people": middle,
        "looks": float(len(watch.recent)),
        "limit": float(zone.limit),
        "score_min": entry.parameters["score_min"],
    }
    return watch, full and middle > zone.limit, look.time_ms, middle, inputs
