"""Owns the rule ``blurred``: detail is gone all over, the pattern of light and dark is still there.

The lens is out of focus, fogged or greased as a whole.
"""

from __future__ import annotations

import numpy as np

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import Watch
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight

RULE = "blurred"
AT_ONCE = False
FIXED = False
PARAMETERS = frozenset({"kept_max_share", "lost_min_share", "structure_min", "looks_gap_s"})


def judge(sight: Sight, watch: Watch, _scene: Scene, entry: Entry) -> Verdict:
    """Judges the tiles of one look."""
    if not len(sight.kept) or sight.faded or sight.strange_light:
        return Verdict(watch, bad=None)
    bounds = entry.parameters
    lost = float((sight.kept < bounds["kept_max_share"]).mean())
    bad = lost >= bounds["lost_min_share"] and sight.structure >= bounds["structure_min"]
    inputs = {
        "lost_share": lost,
        "median_kept_share": float(np.median(sight.kept)),
        "structure": sight.structure,
        **{k: v for k, v in bounds.items() if k != "looks_gap_s"},
    }
    return Verdict(watch, bad, lost, inputs)
