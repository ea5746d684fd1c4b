"""Owns a camera's state and running all rules over one look. Must not hold rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from detectors.catalogue import Catalogue, Entry
from detectors.types import Look, Scene, Signal
from detectors.watching.spell import NEVER_MS, VisionState, close


class VisionRule(Protocol):
    """What every module in ``detectors/vision`` offers."""

    RULE: str
    PARAMETERS: frozenset[str]

    def step(
        self, state: VisionState | None, look: Look, scene: Scene, entry: Entry
    ) -> tuple[VisionState, list[Signal]]:
        """Goes one look on."""
        ...


class CameraState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered of one camera.

    Attributes:
        last_ms: the last look judged.
        ignored: looks not newer than the one before; not judged.
        unseeing: looks by which only ``covered`` could be judged.
        rules: rule state by catalogue entry key.
    """

    last_ms: int = NEVER_MS
    ignored: int = 0
    unseeing: int = 0
    rules: dict[str, VisionState] = {}


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(CameraState)


def encode_camera(state: CameraState) -> bytes:
    """One camera's state as msgpack."""
    return _ENCODER.encode(state)


def decode_camera(raw: bytes) -> CameraState:
    """The reverse of ``encode_camera``.

    Raises:
        msgspec.MsgspecError: not a camera state.
    """
    return _DECODER.decode(raw)


def run(
    state: CameraState | None,
    look: Look,
    scene: Scene,
    catalogue: Catalogue,
    *,
    rules: Mapping[str, VisionRule],
    covered: str,
    can_see: Callable[[Look, Entry, VisionState], bool],
) -> tuple[CameraState, list[Signal]]:
    """Runs every rule in force; after ``covered`` says that the camera is blind, none but it.

    Rules of a blind look keep their state as it was: what happened meanwhile is unknown.
    """
    was = state or CameraState()
    if look.time_ms <= was.last_ms:
        return msgspec.structs.replace(was, ignored=was.ignored + 1), []
    entries = catalogue.for_camera(scene.site_kind, look.time_ms)
    kept, signals = _without_expired(was, {e.key for e in entries}, look, scene, catalogue)
    seeing = True
    for entry in sorted(entries, key=lambda e: e.rule != covered):
        if entry.rule != covered and not seeing:
            continue
        kept[entry.key], found = rules[entry.rule].step(kept.get(entry.key), look, scene, entry)
        signals += found
        if entry.rule == covered:
            seeing = seeing and can_see(look, entry, kept[entry.key])
    return CameraState(
        last_ms=look.time_ms,
        ignored=was.ignored,
        unseeing=was.unseeing + (not seeing),
        rules=kept,
    ), signals


def _without_expired(
    was: CameraState, in_force: set[str], look: Look, scene: Scene, catalogue: Catalogue
) -> tuple[dict[str, VisionState], list[Signal]]:
    """Drops state of entries no longer in force, ending their spells."""
    kept = {key: rule for key, rule in was.rules.items() if key in in_force}
    signals = []
    for key in was.rules.keys() - kept.keys():
        entry = catalogue.by_key(key)
        if entry is None:
            continue
        at_ms = min(entry.to_ms, look.time_ms)
        signals += [
            close(entry, scene, watch, at_ms=at_ms, zone_id=zone_id, reason="out_of_force")
            for zone_id, watch in was.rules[key].zones.items()
            if watch.is_open
        ]
    return kept, signals
