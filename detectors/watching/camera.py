"""Owns a camera's state and running all rules over one look. Must not hold rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

import msgspec

from detectors.catalogue import Catalogue, Entry
from detectors.types import Look, Scene, Signal
from detectors.watching.spell import NEVER_MS, VisionState, close
from detectors.watching.unable import UnableRule, watch_over
from detectors.watching.usual import Usual


class VisionRule(Protocol):
    """What a module of ``detectors/vision`` offers that judges what a picture shows."""

    RULE: str
    PARAMETERS: frozenset[str]

    def step(
        self, state: VisionState | None, look: Look, scene: Scene, entry: Entry
    ) -> tuple[VisionState, list[Signal]]:
        """Goes one look on."""
        ...


Rule = VisionRule | UnableRule
REGARDLESS = frozenset({"cut_off", "clock_wrong"})
"""Rules that need a picture to have come, not what it shows: also judged of a blind camera."""


class CameraState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered of one camera.

    Attributes:
        last_ms: the last look judged.
        ignored: looks not newer than the one before; not judged.
        unseeing: looks by which only rules about seeing could be judged.
        arrived_ms: by the log's clock, when the newest look was handed to it; 0 before one was.
        rules: rule state by catalogue entry key.
    """

    last_ms: int = NEVER_MS
    ignored: int = 0
    unseeing: int = 0
    arrived_ms: int = 0
    usual: Usual = Usual()
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
    state: CameraState | None, look: Look, scene: Scene, catalogue: Catalogue,
    *, rules: Mapping[str, Rule], arrived_ms: int = 0,
) -> tuple[CameraState, list[Signal]]:  # fmt: skip
    """Runs every rule in force; of a look that shows nothing, only those about seeing.

    Rules of a blind look keep their state as it was: what happened meanwhile is unknown.

    Args:
        rules: by name; those about seeing in order of weight.
        arrived_ms: when the look was handed to the log, by its clock.
    """
    was = state or CameraState()
    arrived_ms = max(was.arrived_ms, arrived_ms)
    if look.time_ms <= was.last_ms:
        return msgspec.structs.replace(was, ignored=was.ignored + 1, arrived_ms=arrived_ms), []
    entries = catalogue.for_camera(scene.site_kind, look.time_ms)
    kept, signals = without_expired(was, {e.key for e in entries}, look.time_ms, scene, catalogue)
    watched = watch_over(_about_seeing(entries, rules), kept, was.usual, look, scene)
    kept |= watched.states
    signals += watched.signals
    for entry in entries:
        rule = rules[entry.rule]
        if _judges(rule) or not (watched.sees or entry.rule in REGARDLESS):
            continue
        stepping = cast("VisionRule", rule)
        kept[entry.key], found = stepping.step(kept.get(entry.key), look, scene, entry)
        signals += found
    return CameraState(
        last_ms=look.time_ms,
        ignored=was.ignored,
        unseeing=was.unseeing + (not watched.sees),
        arrived_ms=arrived_ms,
        usual=watched.usual,
        rules=kept,
    ), signals


def _about_seeing(
    entries: tuple[Entry, ...] | list[Entry], rules: Mapping[str, Rule]
) -> list[tuple[Entry, UnableRule]]:
    """In order of weight."""
    weight = {name: number for number, name in enumerate(rules)}
    about = [(e, cast("UnableRule", rules[e.rule])) for e in entries if _judges(rules[e.rule])]
    return sorted(about, key=lambda one: weight[one[0].rule])


def _judges(rule: Rule) -> bool:
    return hasattr(rule, "judge")


def without_expired(
    was: CameraState, in_force: set[str], now_ms: int, scene: Scene, catalogue: Catalogue
) -> tuple[dict[str, VisionState], list[Signal]]:
    """Drops state of entries no longer in force, ending their spells."""
    kept = {key: rule for key, rule in was.rules.items() if key in in_force}
    signals = []
    for key in was.rules.keys() - kept.keys():
        entry = catalogue.by_key(key)
        if entry is None:
            continue
        at_ms = min(entry.to_ms, now_ms)
        signals += [
            close(entry, scene, watch, at_ms=at_ms, zone_id=zone_id, reason="out_of_force")
            for zone_id, watch in was.rules[key].zones.items()
            if watch.is_open
        ]
    return kept, signals
