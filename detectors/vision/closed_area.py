"""Owns the rule ``closed_area``: a person's feet in a closed zone while it counts.

Seen means present at ``looks_min`` of the last ``looks_n`` looks, so one false detection opens
nothing and one missed detection ends nothing.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch, remember
from detectors.watching.zones import people_in

RULE = "closed_area"
PARAMETERS = frozenset({"looks_n", "looks_min", "looks_gap_s"})


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``closed`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="closed", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding | None:
    people = people_in(zone, look)
    watch = remember(watch, look.time_ms, people, entry)
    present = [time_ms for time_ms, figure in watch.recent if figure > 0]
    bad = len(present) >= entry.parameters["looks_min"]
    inputs = {
        "people": float(people),
        "looks_present": float(len(present)),
        "looks": float(len(watch.recent)),
        "looks_min": entry.parameters["looks_min"],
    }
    most = max(figure for _, figure in watch.recent)
    return watch, bad, present[0] if present else look.time_ms, most, inputs
