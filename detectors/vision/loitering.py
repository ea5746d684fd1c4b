"""Owns the rule ``loitering``: one and the same person stays at a waste room's door.

The stay of each track is judged by itself: people who come and go one after another are no
loitering, however busy the door. Who is lost for longer than ``leave_s`` begins anew.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.presence import PRESENCE_PARAMETERS, follow
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch

RULE = "loitering"
PARAMETERS = PRESENCE_PARAMETERS | {"stay_s"}


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``waste`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="waste", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding:
    watch, occupied = follow(watch, look, zone, entry)
    # A track without an id is a count, not a person: it proves no stay.
    stays = [one for one in occupied.seen if one.track_id > 0]
    inputs = {"people": float(len(occupied.seen)), "stay_min_s": entry.parameters["stay_s"]}
    if not stays:
        return watch, False, look.time_ms, 0.0, inputs
    longest = stays[0]
    stay_s = (look.time_ms - longest.first_ms) / 1000
    inputs |= {
        "track_id": float(longest.track_id),
        "stay_s": stay_s,
        "looks_inside": float(longest.looks),
        "score": longest.score,
        "score_min": entry.parameters["score_min"],
    }
    return watch, stay_s >= entry.parameters["stay_s"], longest.first_ms, stay_s, inputs
