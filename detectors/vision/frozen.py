"""Owns the rule ``frozen``: the same picture to the last bit, look after look.

A sensor has noise, so two pictures of the stillest room differ. Tiles that are black, burnt out or
without any grain are not counted; a clock drawn into the picture may go on. A rendered scene
without noise is frozen to this rule.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import Watch, remember
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight

RULE = "frozen"
AT_ONCE = False
FIXED = False
PARAMETERS = frozenset({"same_min_share", "looks_n", "looks_gap_s"})


def judge(sight: Sight, watch: Watch, _scene: Scene, entry: Entry) -> Verdict:
    """Judges one look beside the one before."""
    if sight.repeated is None:
        return Verdict(watch, bad=None)
    watch = remember(watch, sight.look.time_ms, sight.repeated, entry)
    bounds = entry.parameters
    same = 0
    for _, share in reversed(watch.recent):
        if share < bounds["same_min_share"]:
            break
        same += 1
    # An open spell goes on with each look that repeats the one before.
    bad = same >= (1 if watch.is_open else bounds["looks_n"])
    inputs = {
        "same_share": sight.repeated,
        "same_min_share": bounds["same_min_share"],
        "looks_same": float(same),
        "looks_n": bounds["looks_n"],
    }
    return Verdict(watch, bad, sight.repeated, inputs)
