"""Owns the rule ``covered``: a camera that cannot see, and what "to see" means for all rules.

The picture has collapsed when contrast or sharpness fall below, or brightness leaves, the bounds
of the catalogue entry.
"""

from __future__ import annotations

import numpy as np

from detectors.catalogue import Entry
from detectors.types import Look, PictureHealth, Scene, Signal
from detectors.watching.rounds import settle
from detectors.watching.spell import VisionState, Watch, close

RULE = "covered"
PARAMETERS = frozenset(
    {
        "contrast_min_luma",
        "sharpness_min_luma2",
        "brightness_min_luma",
        "brightness_max_luma",
        "looks_gap_s",
    }
)


def sees(health: PictureHealth, entry: Entry) -> bool:
    """Whether a picture shows enough to be judged by any rule."""
    bounds = entry.parameters
    return (
        health.contrast >= bounds["contrast_min_luma"]
        and health.sharpness >= bounds["sharpness_min_luma2"]
        and bounds["brightness_min_luma"] <= health.brightness <= bounds["brightness_max_luma"]
    )


def blind(state: VisionState | None) -> bool:
    """Whether a spell of covering is open."""
    return state is not None and any(watch.is_open for watch in state.zones.values())


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges the whole picture by one look."""
    was = state or VisionState()
    if look.time_ms <= was.last_ms:
        return was, []
    watch = was.zones.get("", Watch())
    if entry.when == "open" and not _open(look, scene):
        over = [close(entry, scene, watch, at_ms=look.time_ms, zone_id="", reason="site_shut")]
        return VisionState(last_ms=look.time_ms), over if watch.is_open else []
    bad = not sees(look.health, entry)
    inputs = {
        "brightness": look.health.brightness,
        "contrast": look.health.contrast,
        "sharpness": look.health.sharpness,
        **{k: v for k, v in entry.parameters.items() if k != "looks_gap_s"},
    }
    found = (watch, bad, look.time_ms, 1.0 if bad else 0.0, inputs)
    watch, signals = settle(found, look.time_ms, scene, entry, "")
    return VisionState(last_ms=look.time_ms, zones={"": watch}), signals


def _open(look: Look, scene: Scene) -> bool:
    return bool(scene.hours.open_at(np.array([look.time_ms], np.int64))[0])
