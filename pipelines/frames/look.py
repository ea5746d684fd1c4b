"""Owns making a look of a frame: what is measured of its pixels, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.types import CameraClock, Look, PictureHealth
from detectors.watching.view import VIEW_PX
from models.batcher import Seen
from models.picture import small_luma
from pipelines.frames.classes import sorted_out
from pipelines.gateways.capture.health import picture_health
from pipelines.gateways.capture.types import FrameMessage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels:
    """What is kept of a frame's pixels."""

    health: PictureHealth
    luma: NDArray[np.uint8]
    view: NDArray[np.uint8]


def measure(picture: NDArray[np.uint8]) -> Pixels:
    """Asked of every picture while it is open, beside the session."""
    return Pixels(
        health=picture_health(picture),
        luma=small_luma(picture),
        view=small_luma(picture, longest_px=VIEW_PX),
    )


def look_of(frame: FrameMessage, seen: Seen[Pixels]) -> Look:
    """The frame as rules see it, nobody tracked yet."""
    persons, faces = sorted_out(seen.found, seen.model.session.card.classes)
    clock = None
    if frame.clock_offset_ms is not None:
        clock = CameraClock(
            offset_ms=frame.clock_offset_ms, uncertainty_ms=frame.clock_uncertainty_ms
        )
    return Look(
        time_ms=frame.time_ms,
        width_px=seen.width_px,
        height_px=seen.height_px,
        persons=persons,
        faces=faces,
        health=seen.measured.health,
        luma=seen.measured.luma,
        view=seen.measured.view if frame.reason == "timed" else None,
        clock=clock,
    )
