"""Owns the vision rules: one module each, registered in ``VISION_RULES``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from detectors.catalogue import Catalogue, CatalogueError
from detectors.types import Look, Scene, Signal
from detectors.vision import (
    abandoned_object,
    blacked_out,
    blinded,
    blurred,
    clock_wrong,
    closed_area,
    covered,
    crowding,
    cut_off,
    frozen,
    loitering,
    mask_badly_worn,
    mask_missing,
    moved,
    out_of_hours,
    sprayed,
    unattended_post,
)
from detectors.watching import events
from detectors.watching.camera import (
    CameraState,
    Rule,
    VisionRule,
    decode_camera,
    encode_camera,
    run,
)
from detectors.watching.spell import VisionState

_ABOUT_SEEING = (blacked_out, blinded, covered, frozen, blurred, sprayed, moved)
"""In order of weight: of two troubles in one picture the first is told."""
VISION_RULES: tuple[Rule, ...] = cast(
    "tuple[Rule, ...]",
    (
        *_ABOUT_SEEING,
        cut_off,
        clock_wrong,
        closed_area,
        unattended_post,
        crowding,
        out_of_hours,
        loitering,
        mask_missing,
        mask_badly_worn,
        abandoned_object,
    ),
)
_BY_NAME = {rule.RULE: rule for rule in VISION_RULES}


def step_camera(
    state: CameraState | None,
    look: Look,
    scene: Scene,
    catalogue: Catalogue,
    *,
    arrived_ms: int = 0,
) -> tuple[CameraState, list[Signal]]:
    """Runs every registered rule in force over one look.

    A look not newer than the last is ignored and counted. While the camera cannot see, rules about
    what it shows judge nothing: their spells stay as they are.

    Args:
        arrived_ms: when the look was handed to the log; without it ``pass_time`` judges nothing.
    """
    return run(state, look, scene, catalogue, rules=_BY_NAME, arrived_ms=arrived_ms)


def pass_time(
    state: CameraState | None, now_ms: int, scene: Scene, catalogue: Catalogue
) -> tuple[CameraState, list[Signal]]:
    """Time has come to ``now_ms`` by the log, with or without pictures; call it on ticks."""
    return events.pass_time(state, now_ms, scene, catalogue, rules=_BY_NAME)


def on_event(  # noqa: PLR0917  a message's fields and where it belongs
    state: CameraState | None,
    what: str,
    time_ms: int,
    inputs: Mapping[str, float],
    scene: Scene,
    catalogue: Catalogue,
) -> tuple[CameraState, list[Signal]]:
    """Something befell the camera: ``cut_off``, ``restored``, ``clock_jumped`` (``by_ms``)."""
    befell = events.Befell(what, time_ms, inputs)
    return events.on_event(state, befell, scene, catalogue, rules=_BY_NAME)


def check_rules(catalogue: Catalogue) -> None:
    """Sees that every vision entry names a registered rule and gives its parameters.

    Raises:
        CatalogueError: an unknown rule, or parameters missing or unknown to it.
    """
    for entry in catalogue.entries:
        if entry.kind != "vision":
            continue
        rule = _BY_NAME.get(entry.rule)
        if rule is None:
            known = ", ".join(_BY_NAME)
            raise CatalogueError(f"entry {entry.id}: no rule {entry.rule!r}; known are {known}")
        wrong = sorted(rule.PARAMETERS ^ entry.parameters.keys())
        if wrong:
            raise CatalogueError(
                f"entry {entry.id}: parameters missing or unknown: {', '.join(wrong)}"
            )


__all__ = [
    "VISION_RULES",
    "CameraState",
    "VisionRule",
    "VisionState",
    "check_rules",
    "decode_camera",
    "encode_camera",
    "on_event",
    "pass_time",
    "step_camera",
]
