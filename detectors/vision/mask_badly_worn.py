"""Owns the rule ``mask_badly_worn``: somebody in a clinical zone wears a mask badly."""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import FaceCover, Look, Scene, Signal, Zone
from detectors.watching.covers import COVER_PARAMETERS, judge_cover
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch

RULE = "mask_badly_worn"
PARAMETERS = COVER_PARAMETERS


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``clinical`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="clinical", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding:
    return judge_cover(watch, look, zone, entry, FaceCover.BADLY_WORN)
