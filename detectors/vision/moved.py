"""Owns the rule ``moved``: the camera no longer looks where its signed reference view does.

Either the reference is found again elsewhere in the picture, or a picture as rich as the reference
no longer holds it at all, although it plainly did just before. Night, crowd and fog fade the match
slowly or make the picture poor: then where the camera looks is unknown.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Scene
from detectors.watching.spell import NEVER_MS, Watch, remember
from detectors.watching.unable import Verdict
from detectors.watching.usual import Sight
from detectors.watching.view import Features, Place, place, reference_features

RULE = "moved"
AT_ONCE = False
FIXED = False
PARAMETERS = frozenset(
    {
        "every_s",
        "inliers_min",
        "inliers_min_share",
        "plain_min",
        "shift_max_share",
        "looks_n",
        "looks_gap_s",
    }
)
_SOON_MS = 500  # timed looks are no clockwork
_DARKER, _BRIGHTER = 0.5, 2.0  # in another light a view may be lost without having moved


def judge(sight: Sight, watch: Watch, scene: Scene, entry: Entry) -> Verdict:
    """Judges one look in ``every_s``; between them nothing is known."""
    look, bounds = sight.look, entry.parameters
    early = look.time_ms - watch.last_ms < bounds["every_s"] * 1000 - _SOON_MS
    if early or not scene.reference or look.view is None:
        return Verdict(watch, bad=None)
    reference = reference_features(scene.reference)
    found = place(reference, look.view)
    needed = max(bounds["inliers_min"], bounds["inliers_min_share"] * found.matches)
    inputs = {
        "inliers": float(found.inliers),
        "matches": float(found.matches),
        "keypoints": float(found.keypoints),
        "reference_keypoints": float(len(reference.points)),
        "shift_share": found.shift_share,
        **{k: v for k, v in bounds.items() if k != "looks_gap_s"},
    }
    if found.inliers >= needed:
        watch = remember(watch, look.time_ms, found.inliers, entry)
        shifted = found.shift_share > bounds["shift_max_share"]
        return Verdict(watch, shifted, found.shift_share, inputs)
    if not _comparable(found, reference, sight):
        return Verdict(watch, bad=None)
    watch = remember(watch, look.time_ms, 0.0, entry)
    already = watch.is_open or watch.since_ms != NEVER_MS
    return Verdict(watch, already or _lost(watch, entry), 1.0, inputs | {"lost": 1.0})


def _comparable(found: Place, reference: Features, sight: Sight) -> bool:
    ratio = sight.health.brightness / max(reference.brightness, 1.0)
    same_light = (sight.health.colour >= 2.0) == reference.coloured  # noqa: PLR2004  see usual.py
    rich = found.keypoints >= len(reference.points) / 2
    return rich and same_light and _DARKER <= ratio <= _BRIGHTER


def _lost(watch: Watch, entry: Entry) -> bool:
    """Plainly there, and from one look to the next never again."""
    figures = [figure for _, figure in watch.recent]
    full = len(figures) == entry.parameters["looks_n"]
    return full and figures[0] >= entry.parameters["plain_min"] and not any(figures[1:])
