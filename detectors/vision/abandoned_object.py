"""Owns the rule ``abandoned_object``: something left standing beside the bins.

Whatever it is, it was not there before and has not moved; it was seen for ``still_s`` with nobody
near it, the time when somebody was left out. A look in which people hide the place tells nothing; a
zone whose luma nobody measured is not judged. A bin put elsewhere, a lamp and a shadow are no
objects (``detectors.watching.standing``); nor, then, is a thing as smooth as the floor under it and
hardly lighter or darker.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal, Zone
from detectors.watching.ground import view
from detectors.watching.rounds import Finding, go_round
from detectors.watching.spell import VisionState, Watch, is_gap
from detectors.watching.standing import Ground, follow_things

RULE = "abandoned_object"
PARAMETERS = frozenset({"still_s", "leave_s", "differs_luma", "area_min_cells", "looks_gap_s"})
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Ground)


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges every ``bins`` zone of the camera by one look that sees."""
    return go_round(state, look, scene, entry, kind="bins", judge=_judge)


def _judge(watch: Watch, look: Look, zone: Zone, entry: Entry) -> Finding:
    seen = view(look, zone)
    if seen is None:
        return watch, None, look.time_ms, 0.0, {}
    rule = entry.parameters
    ground, standing = follow_things(
        _DECODER.decode(watch.memory) if watch.memory else None,
        seen,
        look.time_ms,
        gap=is_gap(watch, look.time_ms, entry),
        still_ms=int(rule["still_s"] * 1000),
        lost_ms=int(rule["leave_s"] * 1000),
        differs_luma=rule["differs_luma"],
        area_min=rule["area_min_cells"],
    )
    watch = msgspec.structs.replace(watch, memory=_ENCODER.encode(ground))
    thing = standing.left
    if thing is None:
        inputs = {"differs_luma": rule["differs_luma"], "gain": standing.gain}
        return watch, False if standing.known else None, look.time_ms, 0.0, inputs
    still_s = thing.alone_ms / 1000
    left, top, right, bottom = thing.box
    inputs = {
        "still_s": still_s,
        "still_min_s": rule["still_s"],
        "luma": thing.luma,
        "luma_before": thing.was_luma,
        "differs_luma": rule["differs_luma"],
        "area_cells": float(thing.area),
        "area_min_cells": rule["area_min_cells"],
        "gain": standing.gain,
        "left": seen.origin[0] + left * seen.scale[0],
        "top": seen.origin[1] + top * seen.scale[1],
        "right": seen.origin[0] + right * seen.scale[0],
        "bottom": seen.origin[1] + bottom * seen.scale[1],
    }
    return watch, True, thing.left_ms, still_s, inputs
