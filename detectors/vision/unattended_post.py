"""Owns the rule ``unattended_post``: nobody in a zone that must be manned while it counts.

Only looks that see are judged, and looks further apart than ``looks_gap_s`` prove nothing about
the time between them.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import NEVER_MS, VisionState, Watch
from detectors.watching.zones import people_in

RULE = "unattended_post"
PARAMETERS = frozenset({"looks_gap_s"})


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``post`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="post", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding | None:
    people = people_in(zone, look)
    known_gap = look.time_ms - watch.last_ms <= entry.parameters["looks_gap_s"] * 1000
    since_ms = watch.start_ms if watch.is_open else watch.since_ms
    begun = since_ms != NEVER_MS and (known_gap or watch.is_open)
    empty_s = (look.time_ms - since_ms) / 1000 if begun else 0.0
    inputs = {
        "people": float(people),
        "empty_s": empty_s,
        "looks_gap_s": entry.parameters["looks_gap_s"],
    }
    return watch, people == 0, look.time_ms, empty_s, inputs
