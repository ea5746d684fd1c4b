"""Owns going through a camera's zones for one rule. Must not know what the rule looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from detectors.catalogue import Entry
from detectors.types import Look, Phase, Scene, Signal, Zone
from detectors.watching.spell import VisionState, Watch, advance, close, ended, signal
from detectors.watching.zones import active, zones_of

# What a rule says of one zone: the watch with the look remembered, whether the thing is seen (None:
# this look cannot tell, the spell stays as it is), since when, the figure that measures it, and the
# inputs of the decision. None instead of all that: the zone is not one to judge.
Finding = tuple[Watch, bool | None, int, float, dict[str, float]]
Judge = Callable[[Watch, Look, Zone, Entry], Finding | None]


def go_round(
    state: VisionState | None, look: Look, scene: Scene, entry: Entry, *, kind: str, judge: Judge
) -> tuple[VisionState, list[Signal]]:
    """Judges each zone of a kind by one look; spells of zones that stopped counting end."""
    return go_through(state, look, scene, entry, zones=zones_of(scene, kind), judge=judge)


def go_through(
    state: VisionState | None,
    look: Look,
    scene: Scene,
    entry: Entry,
    *,
    zones: Iterable[Zone],
    judge: Judge,
) -> tuple[VisionState, list[Signal]]:
    """The same with zones of the rule's own choice."""
    was = state or VisionState()
    if look.time_ms <= was.last_ms:
        return was, []
    counting = {zone.zone_id: zone for zone in zones if active(zone, scene.hours, look.time_ms)}
    watches: dict[str, Watch] = {}
    signals: list[Signal] = []
    for zone_id, watch in was.zones.items():
        if zone_id not in counting and watch.is_open:
            signals.append(
                close(
                    entry,
                    scene,
                    watch,
                    at_ms=look.time_ms,
                    zone_id=zone_id,
                    reason="zone_not_active",
                )
            )
    for zone_id, zone in counting.items():
        found = judge(was.zones.get(zone_id, Watch()), look, zone, entry)
        if found is None:
            continue
        watch, signal_found = settle(found, look.time_ms, scene, entry, zone_id)
        watches[zone_id] = watch
        signals += signal_found
    return VisionState(last_ms=look.time_ms, zones=watches), signals


def settle(
    found: Finding, time_ms: int, scene: Scene, entry: Entry, zone_id: str
) -> tuple[Watch, list[Signal]]:
    """Takes a finding into the spell and says what came of it."""
    watch, bad, since_ms, figure, inputs = found
    if bad is None:
        return msgspec.structs.replace(watch, last_ms=time_ms), []
    watch, phase = advance(watch, time_ms, entry, bad=bad, since_ms=since_ms, figure=figure)
    if phase is None:
        return watch, []
    if phase is Phase.CLOSED:
        inputs = inputs | {"worst": watch.worst, "clear_since_ms": float(watch.clear_ms)}
        figure = watch.worst
    said = signal(
        entry, scene, phase, watch, at_ms=time_ms, zone_id=zone_id, value=figure, inputs=inputs
    )
    return (ended(watch) if phase is Phase.CLOSED else watch), [said]
