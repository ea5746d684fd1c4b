"""Owns the rule ``cut_off``: no picture comes any more.

Either the capture node says so, or time passes with nothing: timed looks come every few seconds.
One spell either way, from the last picture on; pictures that come again end it. Never judged of a
camera that has shown nothing yet.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.types import Look, Phase, Scene, Signal
from detectors.watching.events import Befell
from detectors.watching.rounds import settle
from detectors.watching.spell import NEVER_MS, VisionState, Watch, signal

RULE = "cut_off"
PARAMETERS = frozenset({"told_s", "looks_gap_s"})


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """A picture is here: what was told is over, an open spell clears."""
    watch = msgspec.structs.replace(_watch(state), since_ms=NEVER_MS)
    found = (watch, False, look.time_ms, 0.0, {"pictures_again": 1.0})
    watch, signals = settle(found, look.time_ms, scene, entry, "")
    return VisionState(last_ms=look.time_ms, zones={"": watch}), signals


def on_event(
    state: VisionState | None, event: Befell, _scene: Scene, _entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """``cut_off`` shortens the wait to ``told_s``; ``restored`` before that ends the matter."""
    watch = _watch(state)
    if event.what == "cut_off" and not watch.is_open and watch.since_ms == NEVER_MS:
        watch = msgspec.structs.replace(watch, since_ms=event.time_ms)
    elif event.what == "restored" and not watch.is_open:
        watch = msgspec.structs.replace(watch, since_ms=NEVER_MS)
    return VisionState(last_ms=state.last_ms if state else NEVER_MS, zones={"": watch}), []


def pass_time(
    state: VisionState | None, last_ms: int, now_ms: int, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Time passed without a picture.

    Args:
        last_ms: time of the last picture.
        now_ms: the time it is at the camera.
    """
    was = state or VisionState()
    watch = _watch(state)
    told = watch.since_ms != NEVER_MS
    silent_s, told_for_s = (now_ms - last_ms) / 1000, (now_ms - watch.since_ms) / 1000
    due = silent_s >= entry.lasts_s or (told and told_for_s >= entry.parameters["told_s"])
    if watch.is_open or not due:
        return was, []
    watch = Watch(last_ms=now_ms, start_ms=last_ms, worst=silent_s)
    inputs = {"silent_s": silent_s, "told": float(told), "told_s": entry.parameters["told_s"]}
    said = signal(
        entry, scene, Phase.OPENED, watch, at_ms=now_ms, zone_id="", value=silent_s, inputs=inputs
    )
    return VisionState(last_ms=was.last_ms, zones={"": watch}), [said]


def _watch(state: VisionState | None) -> Watch:
    return Watch() if state is None else state.zones.get("", Watch())
