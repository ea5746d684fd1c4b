"""Owns which messages about a camera are taken: what is refused, and why. Opens no picture."""

from __future__ import annotations

import hashlib
import math

from detectors.types import Scene
from pipelines.errors import BadMessage
from pipelines.gateways.capture.types import CameraEvent, FrameMessage, FramesTick
from pipelines.registry.snapshot import Registry

EARLIEST_MS = 1_262_304_000_000  # 2010: a camera that says less has lost its clock
LATEST_MS = 4_102_444_800_000  # 2100
AHEAD_MS = 5 * 60 * 1000
"""A frame this far ahead of its own sending would make the camera blind until then."""


def admit(message: FrameMessage | CameraEvent | FramesTick, registry: Registry) -> Scene | None:
    """Where the camera stood then; None for a tick, which is of no camera.

    Raises:
        BadMessage: a camera nobody knows, a time that cannot be, a picture that was changed.
    """
    what, at_ms = _named(message), message.time_ms
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        raise BadMessage("absurd_time", f"{what} is of {at_ms}")
    if isinstance(message, FramesTick):
        return None
    camera = message.camera_id
    if camera not in registry.scenes:
        raise BadMessage("unknown_camera", f"{camera} is not registered")
    if isinstance(message, FrameMessage):
        if hashlib.sha256(message.jpeg).hexdigest() != message.sha256:
            raise BadMessage("digest_mismatch", f"{what} is not what was captured")
    elif not all(map(str.isidentifier, (message.what, *message.inputs))):
        raise BadMessage("wrong_shape", f"{what} is no name, or one of its figures has none")
    elif not all(map(math.isfinite, message.inputs.values())):
        raise BadMessage("not_a_number", f"{what} has figures that are no numbers")
    if message.logged_ms and at_ms > message.logged_ms + AHEAD_MS:
        raise BadMessage("in_the_future", f"{what} is of {at_ms}")
    scene = registry.scene_of(camera, at_ms)
    if scene is None:
        raise BadMessage("not_placed", f"{camera} stood nowhere at {at_ms}")
    return scene


def _named(message: FrameMessage | CameraEvent | FramesTick) -> str:
    if isinstance(message, FramesTick):
        return "a tick"
    if isinstance(message, CameraEvent):
        return f"event {message.what} of {message.camera_id}"
    return f"frame {message.seq} of {message.camera_id}"
