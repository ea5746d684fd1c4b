"""Owns what the readings stage remembers of a partition, and how it is stored. Must not judge.

Three kinds of keys: ``clock``; ``device/ID``, all that is of one device alone; ``group/KEY`` for
a rule over several devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from detectors import readings as engine
from detectors.readings.skew import SkewState
from pipelines.readings.seen import Seen


class Clock(msgspec.Struct):
    """Event time of a partition: everything up to ``watermark_ms`` has been judged."""

    watermark_ms: int = 0


class DeviceState(msgspec.Struct):
    """What is stored of a device: its numbers, its series, and rules over its series alone."""

    seen: Seen
    skew: SkewState = SkewState()
    series: list[engine.SeriesState] = []
    groups: dict[str, bytes] = {}


@dataclass(slots=True)
class ReadingsState:
    """What the stage remembers of one partition."""

    clock: Clock = field(default_factory=Clock)
    seen: dict[str, Seen] = field(default_factory=dict)
    skew: dict[str, SkewState] = field(default_factory=dict)
    engine: engine.EngineState = field(default_factory=engine.EngineState)


def load(stored: Mapping[str, bytes]) -> ReadingsState:
    """Rebuilds a partition's state from its stored parts."""
    state = ReadingsState()
    series: list[engine.SeriesState] = []
    groups: dict[str, bytes] = {}
    for key, value in stored.items():
        kind, _, name = key.partition("/")
        if kind == "clock":
            state.clock = msgspec.msgpack.decode(value, type=Clock)
        elif kind == "device":
            device = msgspec.msgpack.decode(value, type=DeviceState)
            state.seen[name], state.skew[name] = device.seen, device.skew
            series += device.series
            groups |= device.groups
        else:
            groups[name] = value
    state.engine.load(series, groups)
    if state.clock.watermark_ms:  # what came into force since then must not be stepped over
        state.engine.watermark_ms = state.clock.watermark_ms
    return state


def changed(
    state: ReadingsState, devices: set[str], result: engine.StepResult
) -> dict[str, bytes | None]:
    """What must be stored after a step, by key; None where something must go.

    Args:
        devices: those that sent something.
    """
    found: dict[str, bytes | None] = {"clock": msgspec.msgpack.encode(state.clock)}
    plan = state.engine.plan
    if plan is None:
        return found
    devices = devices | {plan.series[sid].device_id for sid in result.touched}
    for key in result.groups:
        owner = plan.owner_of(key)
        if owner:
            devices.add(owner)
        else:
            found[f"group/{key}"] = state.engine.groups[key]
        if result.regrouped and key in plan.groups:  # it may have been stored elsewhere
            devices |= {series.device_id for series in plan.groups[key].group.members}
            if owner:
                found[f"group/{key}"] = None
    for device in devices:
        kept = DeviceState(
            seen=state.seen.get(device) or Seen(),
            skew=state.skew.get(device) or SkewState(),
            series=[state.engine.stored(slot) for slot in plan.slots_of_device(device)],
            groups={
                key: value
                for key in plan.groups_of_device(device)
                if (value := state.engine.groups.get(key))
            },
        )
        found[f"device/{device}"] = msgspec.msgpack.encode(kept)
    return found
