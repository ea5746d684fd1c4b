"""Owns the vision rules: one module each, registered in ``VISION_RULES``."""

from __future__ import annotations

from typing import cast

from detectors.catalogue import Catalogue, CatalogueError, Entry
from detectors.types import Look, Scene, Signal
from detectors.vision import closed_area, covered, crowding, unattended_post
from detectors.watching.camera import (
    CameraState,
    VisionRule,
    decode_camera,
    encode_camera,
    run,
)
from detectors.watching.spell import VisionState

VISION_RULES: tuple[VisionRule, ...] = cast(
    "tuple[VisionRule, ...]", (covered, closed_area, unattended_post, crowding)
)
_BY_NAME = {rule.RULE: rule for rule in VISION_RULES}


def step_camera(
    state: CameraState | None, look: Look, scene: Scene, catalogue: Catalogue
) -> tuple[CameraState, list[Signal]]:
    """Runs every registered rule in force over one look.

    A look not newer than the last is ignored and counted. While the camera cannot see, rules other
    than ``covered`` judge nothing: their spells stay as they are.
    """
    return run(
        state, look, scene, catalogue, rules=_BY_NAME, covered=covered.RULE, can_see=_can_see
    )


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


def _can_see(look: Look, entry: Entry, state: VisionState) -> bool:
    return covered.sees(look.health, entry) and not covered.blind(state)


__all__ = [
    "VISION_RULES",
    "CameraState",
    "VisionRule",
    "VisionState",
    "check_rules",
    "decode_camera",
    "encode_camera",
    "step_camera",
]
