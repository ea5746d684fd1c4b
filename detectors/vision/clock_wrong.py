"""Owns the rule ``clock_wrong``: the camera's clock is further from UTC than evidence may be.

Only what is certain counts: the offset less its uncertainty, in all of the last ``looks_n`` looks.
A clock that is set by more than that is told at once; a stream whose own time begins anew is not:
that says nothing of the clock.
"""

from __future__ import annotations

from detectors.catalogue import Entry
from detectors.types import Look, Phase, Scene, Signal
from detectors.watching.events import Befell
from detectors.watching.rounds import settle
from detectors.watching.spell import VisionState, Watch, remember, signal

RULE = "clock_wrong"
PARAMETERS = frozenset({"looks_n", "looks_gap_s"})


def step(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """Judges what the camera's clock said; a look without one only ends what a jump began."""
    watch = Watch() if state is None else state.zones.get("", Watch())
    if look.clock is None:
        if not watch.is_open:
            return state or VisionState(), []
        return _settled((watch, False, look.time_ms, 0.0, {}), look, scene, entry)
    offset_s = look.clock.offset_ms / 1000
    unsure_s = look.clock.uncertainty_ms / 1000
    sure_s = max(0.0, abs(offset_s) - unsure_s)
    watch = remember(watch, look.time_ms, sure_s, entry)
    limit_s = entry.high or 0.0
    off = [figure > limit_s for _, figure in watch.recent]
    full = len(off) >= entry.parameters["looks_n"]
    bad = off[-1] if watch.is_open else full and all(off)
    inputs = {
        "offset_s": offset_s,
        "uncertainty_s": unsure_s,
        "sure_s": sure_s,
        "limit_s": limit_s,
        "looks": float(len(off)),
    }
    return _settled((watch, bad, watch.recent[0][0], sure_s, inputs), look, scene, entry)


def on_event(
    state: VisionState | None, event: Befell, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    """A jump further than the limit opens a spell; clocks that agree again end it."""
    was = state or VisionState()
    watch = was.zones.get("", Watch())
    jump_s = event.inputs.get("by_ms", 0.0) / 1000
    of_stream = bool(event.inputs.get("of_stream", 0.0))
    jumped = event.what == "clock_jumped" and not of_stream
    if not jumped or watch.is_open or abs(jump_s) <= (entry.high or 0.0):
        return was, []
    watch = Watch(last_ms=event.time_ms, start_ms=event.time_ms, worst=abs(jump_s))
    said = signal(
        entry, scene, Phase.OPENED, watch, at_ms=event.time_ms, zone_id="", value=abs(jump_s),
        inputs={"jump_s": jump_s, "limit_s": entry.high or 0.0},
    )  # fmt: skip
    return VisionState(last_ms=was.last_ms, zones={"": watch}), [said]


def _settled(
    found: tuple[Watch, bool, int, float, dict[str, float]], look: Look, scene: Scene, entry: Entry
) -> tuple[VisionState, list[Signal]]:
    watch, signals = settle(found, look.time_ms, scene, entry, "")
    return VisionState(last_ms=look.time_ms, zones={"": watch}), signals
