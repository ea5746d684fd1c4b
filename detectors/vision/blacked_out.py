"""Owns the rule ``blacked_out``: the picture has gone black at once.

Dusk is no trouble: it is slow, and what is usual follows it. Nor are lights that go out in a closed
site, unless the camera has shown that it sees by infrared: then its own lamp would still light.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import Watch
from detectors.watching.unable import Verdict, site_open
from detectors.watching.usual import Sight

RULE = "blacked_out"
AT_ONCE = True
FIXED = False
PARAMETERS = frozenset({"brightness_max_luma", "black_min_share", "usual_min_share", "looks_gap_s"})


def judge(sight: Sight, watch: Watch, scene: Scene, entry: Entry) -> Verdict:
    """Judges the whole picture by one look."""
    health, bounds = sight.health, entry.parameters
    black = (
        health.brightness <= bounds["brightness_max_luma"]
        and health.black_share >= bounds["black_min_share"]
    )
    usual = sight.habit.brightness if sight.habit else 0.0
    faded = usual > 0 and health.brightness >= bounds["usual_min_share"] * usual
    lights_out = not sight.sees_at_night and not site_open(scene, sight.look.time_ms)
    inputs = {
        "brightness": health.brightness,
        "black_share": health.black_share,
        "usual_brightness": usual,
        **{k: v for k, v in bounds.items() if k != "looks_gap_s"},
    }
    return Verdict(watch, black and not faded and not lights_out, health.black_share, inputs)
