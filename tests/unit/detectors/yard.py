"""A rendered yard with bins, 160 by 90, for the rule on things left standing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.types import Look, Zone
from models.types import Detections
from tests.unit.detectors.looks import HEIGHT_PX, WIDTH_PX, a_look

Box = tuple[int, int, int, int]  # cells of the small picture
WIDE, HIGH = 160, 90
BIN, BAG = (50, 40, 62, 60), (80, 52, 90, 62)
ZONE = Zone(zone_id="zone-1", kind="bins", polygon=((0.2, 0.3), (0.8, 0.3), (0.8, 0.9), (0.2, 0.9)))


def _texture(mean: float, spread: float, seed: int) -> NDArray[np.float64]:
    """A surface with grain of two or three cells."""
    grain = np.random.default_rng(seed).normal(size=(HIGH, WIDE))
    smooth = np.asarray(cv2.GaussianBlur(grain, (0, 0), 1.1), np.float64)
    return np.asarray(mean + spread * smooth / smooth.std(), np.float64)


_FLOOR, _CLOTH = _texture(110, 14, 7), _texture(55, 12, 8)


@dataclass(frozen=True, kw_only=True)
class Yard:
    """What stands where, and the light.

    Attributes:
        people: boxes that the detector finds; drawn, too.
        unseen: people that it does not find.
        light: gain of the whole picture.
        shade: (box, gain) of parts.
    """

    bins: Sequence[Box] = (BIN,)
    bags: Sequence[Box] = ()
    people: Sequence[Box] = ()
    unseen: Sequence[Box] = ()
    light: float = 1.0
    shade: Sequence[tuple[Box, float]] = field(default_factory=tuple)


def picture(yard: Yard, seed: int) -> NDArray[np.uint8]:
    """The luma, with the noise of one look."""
    luma = _FLOOR.copy()
    for left, top, right, bottom in yard.bins:
        luma[top:bottom, left:right] = 190
        luma[top : top + 3, left:right] = 150
    for box in yard.bags:
        _paint(luma, box, _CLOTH)
    for (left, top, right, bottom), gain in yard.shade:
        luma[top:bottom, left:right] *= gain
    for box in (*yard.people, *yard.unseen):
        _paint(luma, box, 30 + _CLOTH)
    noise = np.random.default_rng(seed).normal(0, 2, luma.shape)
    return np.asarray(np.clip(luma * yard.light + noise, 0, 255), np.uint8)


def _paint(luma: NDArray[np.float64], box: Box, cloth: NDArray[np.float64]) -> None:
    left, top, right, bottom = box
    luma[top:bottom, left:right] = cloth[: bottom - top, : right - left]


def look_at(second: float, yard: Yard) -> Look:
    """One look at the yard."""
    scale = np.array([WIDTH_PX / WIDE, HEIGHT_PX / HIGH] * 2, np.float32)
    boxes = np.array(yard.people, np.float32).reshape(-1, 4) * scale
    n = len(boxes)
    return replace(
        a_look(second),
        persons=Detections.of(boxes, np.ones(n, np.float32), np.zeros(n, np.int32)),
        luma=picture(yard, int(second * 10)),
    )


def looks_at(
    until_s: int, yard: Callable[[float], Yard], *, every_s: float = 1.0
) -> tuple[Look, ...]:
    """Looks at what the yard is at each second."""
    return tuple(look_at(n * every_s, yard(n * every_s)) for n in range(int(until_s / every_s)))
