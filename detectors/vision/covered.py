"""Owns the rule ``covered``: a picture that has collapsed, whatever the camera usually shows.

Contrast or sharpness fall below, or brightness leaves, the bounds of the catalogue entry. What is
as dark as ``dark_left_luma`` may be left to ``blacked_out``, which knows dusk; and a faint picture
that shows the usual pattern of light and dark (``structure_max``) is not covered.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import PictureHealth, Scene
from detectors.watching.spell import Watch
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight

RULE = "covered"
AT_ONCE = True
FIXED = True
PARAMETERS = frozenset(
    {
        "contrast_min_luma",
        "sharpness_min_luma2",
        "brightness_min_luma",
        "brightness_max_luma",
        "dark_left_luma",
        "structure_max",
        "looks_gap_s",
    }
)


def judge(sight: Sight, watch: Watch, _scene: Scene, entry: Entry) -> Verdict:
    """Judges the whole picture by one look."""
    health, bounds = sight.health, entry.parameters
    dark = health.brightness <= bounds["dark_left_luma"]
    usual = sight.structure > bounds["structure_max"]
    bad = not (_sees(health, entry) or dark or usual)
    inputs = {
        "brightness": health.brightness,
        "contrast": health.contrast,
        "sharpness": health.sharpness,
        "structure": sight.structure,
        **{k: v for k, v in bounds.items() if k != "looks_gap_s"},
    }
    return Verdict(watch, bad, 1.0 if bad else 0.0, inputs)


def _sees(health: PictureHealth, entry: Entry) -> bool:
    bounds = entry.parameters
    return (
        health.contrast >= bounds["contrast_min_luma"]
        and health.sharpness >= bounds["sharpness_min_luma2"]
        and bounds["brightness_min_luma"] <= health.brightness <= bounds["brightness_max_luma"]
    )
