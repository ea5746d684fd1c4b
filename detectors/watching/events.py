"""Owns what befalls a camera besides pictures: time that passes, and what its node tells.

Must not hold rules: those with ``pass_time`` or ``on_event`` are called. A camera's own time may
differ from the log's (a replayed film, a clock that is off), so the time at the camera is reckoned
from the newest picture: its own time, and how long ago it arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from detectors.catalogue import Catalogue, Entry
from detectors.types import Scene, Signal
from detectors.watching.camera import CameraState, Rule, without_expired
from detectors.watching.spell import VisionState

ENDED = "ended"


class Befell(NamedTuple):
    """What a capture node tells: ``what``, when by the camera's own time, and its figures."""

    what: str
    time_ms: int
    inputs: Mapping[str, float]


@runtime_checkable
class HearsEvents(Protocol):
    """A rule that heeds what a capture node tells."""

    def on_event(
        self, state: VisionState | None, event: Befell, scene: Scene, entry: Entry
    ) -> tuple[VisionState, list[Signal]]:
        """Goes one event on."""
        ...


@runtime_checkable
class FeelsTime(Protocol):
    """A rule that heeds time without pictures."""

    def pass_time(
        self, state: VisionState | None, last_ms: int, now_ms: int, scene: Scene, entry: Entry
    ) -> tuple[VisionState, list[Signal]]:
        """Goes on to ``now_ms`` without a picture since ``last_ms``."""
        ...


Step = Callable[[Rule, VisionState | None, Entry], tuple[VisionState, list[Signal]] | None]


def camera_time_ms(state: CameraState, now_ms: int) -> int:
    """What time it is at the camera when the log's is ``now_ms``."""
    return state.last_ms + max(0, now_ms - state.arrived_ms)


def pass_time(
    state: CameraState | None, now_ms: int, scene: Scene, catalogue: Catalogue,
    *, rules: Mapping[str, Rule],
) -> tuple[CameraState, list[Signal]]:  # fmt: skip
    """Time has come to ``now_ms`` by the log; a camera not seen yet is not judged."""
    if state is None or not state.arrived_ms or now_ms <= state.arrived_ms:
        return state or CameraState(), []
    here_ms, last_ms = camera_time_ms(state, now_ms), state.last_ms

    def step(
        rule: Rule, was: VisionState | None, entry: Entry
    ) -> tuple[VisionState, list[Signal]] | None:
        if not isinstance(rule, FeelsTime):
            return None
        return rule.pass_time(was, last_ms, here_ms, scene, entry)

    return _each(state, here_ms, scene, catalogue, step, rules=rules)


def on_event(
    state: CameraState | None, event: Befell, scene: Scene, catalogue: Catalogue,
    *, rules: Mapping[str, Rule],
) -> tuple[CameraState, list[Signal]]:  # fmt: skip
    """Something befell the camera; its time is the camera's own."""

    def step(
        rule: Rule, was: VisionState | None, entry: Entry
    ) -> tuple[VisionState, list[Signal]] | None:
        if not isinstance(rule, HearsEvents):
            return None
        return rule.on_event(was, event, scene, entry)

    if state and event.what == ENDED:
        state = msgspec.structs.replace(state, arrived_ms=0)  # nothing more is awaited
    return _each(state or CameraState(), event.time_ms, scene, catalogue, step, rules=rules)


def _each(
    state: CameraState, at_ms: int, scene: Scene, catalogue: Catalogue, step: Step,
    *, rules: Mapping[str, Rule],
) -> tuple[CameraState, list[Signal]]:  # fmt: skip
    entries = catalogue.for_camera(scene.site_kind, at_ms)
    kept, signals = without_expired(state, {e.key for e in entries}, at_ms, scene, catalogue)
    for entry in entries:
        stepped = step(rules[entry.rule], kept.get(entry.key), entry)
        if stepped is not None:
            kept[entry.key], found = stepped
            signals += found
    return msgspec.structs.replace(state, rules=kept), signals
