"""Owns the rule ``unattended_post``: nobody in a zone that must be manned while it counts.

Only time that was seen counts: looks further apart than ``looks_gap_s`` prove nothing about the
time between them, and emptiness is counted anew after them. Somebody missed by the detector for
less than ``leave_s`` has not left; a shadow seen once has not come.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.presence import PRESENCE_PARAMETERS, follow
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import NEVER_MS, VisionState, Watch, is_gap

RULE = "unattended_post"
PARAMETERS = PRESENCE_PARAMETERS


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``post`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="post", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding:
    unbroken = watch.since_ms != NEVER_MS and not is_gap(watch, look.time_ms, entry)
    watch, occupied = follow(watch, look, zone, entry)
    empty = not occupied.inside
    since_ms = watch.since_ms if unbroken else occupied.left_ms
    empty_s = (look.time_ms - since_ms) / 1000 if empty else 0.0
    inputs = {
        "people": float(len(occupied.seen)),
        "empty_s": empty_s,
        "leave_s": entry.parameters["leave_s"],
        "looks_gap_s": entry.parameters["looks_gap_s"],
    }
    return watch, empty, since_ms, empty_s, inputs
