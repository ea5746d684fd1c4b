"""Owns the rule ``out_of_hours``: a person anywhere in the picture while the site is shut.

It needs no zone. A site that never shuts is never judged.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.vision import closed_area
from detectors.watching.rounds import go_through
from detectors.watching.spell import VisionState

RULE = "out_of_hours"
PARAMETERS = closed_area.PARAMETERS
_PICTURE = Zone(
    zone_id="",
    kind="closed",
    polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
    active="shut",
)


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges the whole picture by one look that sees."""
    return go_through(state, look, scene, entry, zones=(_PICTURE,), judge=closed_area.anybody)
