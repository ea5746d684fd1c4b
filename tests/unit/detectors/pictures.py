"""Rendered pictures of a room, and looks of them, for the tests of what a camera can see."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.types import CameraClock, Look
from detectors.watching.view import fitted
from models.types import Detections
from pipelines.gateways.capture.health import picture_health
from tests.unit.detectors.streams import DAY_MS

Picture = NDArray[np.uint8]
Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]
WIDTH_PX, HEIGHT_PX = 320, 240


def room(seed: int = 3) -> NDArray[np.float32]:
    """A room with furniture of many shades, BGR float32, nothing black or burnt out."""
    chance = np.random.default_rng(seed)
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), (120, 130, 140), np.float32)
    for _ in range(220):
        x, y = chance.integers(0, (WIDTH_PX, HEIGHT_PX))
        w, h = chance.integers(6, 40, 2)
        shade = [float(one) for one in chance.uniform(40, 220, 3)]
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), shade, -1)
    return picture


ROOM = room()


def taken(scene: NDArray[np.float32], number: int, *, noise: float = 2.0) -> Picture:
    """The scene with a sensor's noise, another in each picture."""
    grain = np.random.default_rng(number).normal(0, noise, (*scene.shape[:2], 1))
    return np.clip(scene + grain, 0, 255).astype(np.uint8)


def shown(second: float, picture: Picture, *, clock: CameraClock | None = None) -> Look:
    """A timed look at a picture that shows nobody."""
    height, width = picture.shape[:2]
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    return Look(
        time_ms=DAY_MS + int(second * 1000), width_px=width, height_px=height,
        persons=Detections.none(), health=picture_health(picture), view=fitted(luma), clock=clock,
    )  # fmt: skip


def looks(
    change: Change, *, start_s: int, end_s: int, until_s: int, every_s: int = 5
) -> tuple[Look, ...]:
    """Looks at the room every few seconds, changed from ``start_s`` to ``end_s``."""
    return tuple(
        shown(s, taken(change(ROOM) if start_s <= s < end_s else ROOM, s))
        for s in range(0, until_s, every_s)
    )


def jpeg(scene: NDArray[np.float32]) -> bytes:
    """The scene as a reference view."""
    return bytes(cv2.imencode(".jpg", taken(scene, 0))[1].tobytes())
