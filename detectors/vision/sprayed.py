"""Owns the rule ``sprayed``: part of the picture, or all, has lost what it usually shows.

Paint, a smear, a bag or a thing before the lens: tiles that usually have detail lose it and none
gain any. A camera that was turned also loses and gains; defocus loses all but keeps the pattern of
light and dark. The median of the last ``looks_n`` looks is judged: people hide and show tiles.
"""

from __future__ import annotations

from statistics import median

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import Watch, remember
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight

RULE = "sprayed"
AT_ONCE = False
FIXED = False
PARAMETERS = frozenset(
    {
        "kept_max_share",
        "lost_min_share",
        "lost_strange_min_share",
        "gained_max_share",
        "whole_min_share",
        "structure_min",
        "looks_n",
        "looks_gap_s",
    }
)


def judge(sight: Sight, watch: Watch, _scene: Scene, entry: Entry) -> Verdict:
    """Judges the tiles of one look."""
    if not len(sight.kept) or sight.faded:
        return Verdict(watch, bad=None)
    bounds = entry.parameters
    lost = float((sight.kept < bounds["kept_max_share"]).mean())
    needed = bounds["lost_strange_min_share" if sight.strange_light else "lost_min_share"]
    blurred = lost >= bounds["whole_min_share"] and sight.structure >= bounds["structure_min"]
    turned = sight.gained > bounds["gained_max_share"] * lost
    found = 0.0 if blurred or turned else lost
    watch = remember(watch, sight.look.time_ms, found, entry)
    middle = float(median(figure for _, figure in watch.recent))
    inputs = {
        "lost_share": lost,
        "median_lost_share": middle,
        "needed_share": needed,
        "gained_share": sight.gained,
        "structure": sight.structure,
        **{k: v for k, v in bounds.items() if k not in ("looks_gap_s", "lost_min_share")},
    }
    return Verdict(watch, middle >= needed, middle, inputs)
