"""Owns the rule ``blinded``: light into the lens, so that it sees little beside it.

Either much of the picture is burnt out that usually is not, or some of it is and detail is lost all
over, as by a lamp or a laser that veils the lens.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import Watch
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight

RULE = "blinded"
AT_ONCE = True
FIXED = False
PARAMETERS = frozenset(
    {"white_min_share", "veil_min_share", "kept_max_share", "lost_min_share", "looks_gap_s"}
)


def judge(sight: Sight, watch: Watch, _scene: Scene, entry: Entry) -> Verdict:
    """Judges the whole picture by one look."""
    bounds = entry.parameters
    usual = sight.habit.white_share if sight.habit else 0.0
    more = sight.health.white_share - usual
    lost = float((sight.kept < bounds["kept_max_share"]).mean()) if len(sight.kept) else 0.0
    burnt = more >= bounds["white_min_share"]
    veiled = more >= bounds["veil_min_share"] and lost >= bounds["lost_min_share"]
    inputs = {
        "white_share": sight.health.white_share,
        "usual_white_share": usual,
        "lost_share": lost,
        **{k: v for k, v in bounds.items() if k != "looks_gap_s"},
    }
    return Verdict(watch, burnt or veiled, more, inputs)
