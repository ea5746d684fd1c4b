"""Owns the picture of a zone without people, and what changed against it. Must not know time.

Works on the crop of ``Look.luma`` around the zone, at most ``CELLS_MAX`` cells wide and high, one
byte a cell: that is all that is stored. A whole picture that grows lighter or darker is one gain,
divided out before anything is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.types import Look, Zone

CELLS_MAX = 64
UNKNOWN = 0  # in a background: nobody has seen the floor there yet
_GAIN_MOST = 4.0
_NEAR_SHARE = 0.5  # of a person's width on either side: within reach

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Cells = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom excluded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A zone's crop of one look.

    Attributes:
        luma: float32 ``(rows, columns)``, 1 to 255.
        zone: the cells of the zone.
        hidden: cells behind a person's box.
        reach: boxes of persons and what they can reach, in cells.
        origin, scale: a cell's place in the picture is ``origin + cell * scale``, as shares.
    """

    luma: Plane
    zone: Mask
    hidden: Mask
    reach: tuple[Cells, ...]
    origin: tuple[float, float]
    scale: tuple[float, float]


def view(look: Look, zone: Zone) -> View | None:
    """The zone's crop; None where nobody measured the look's luma, or the zone has no area."""
    if look.luma is None:
        return None
    high, wide = look.luma.shape
    corners = np.clip(np.array(zone.polygon, np.float64), 0, 1) * (wide, high)
    low = np.floor(corners.min(axis=0)).astype(int)
    top = np.ceil(corners.max(axis=0)).astype(int)
    crop = look.luma[low[1] : top[1], low[0] : top[0]]
    if min(crop.shape) < 2:  # noqa: PLR2004  a line has no inside
        return None
    shrink = min(1.0, CELLS_MAX / max(crop.shape))
    size = (max(int(crop.shape[1] * shrink), 1), max(int(crop.shape[0] * shrink), 1))
    luma = np.clip(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), 1, 255)
    cells = np.array([size[0] / crop.shape[1], size[1] / crop.shape[0]])
    inside = cv2.fillPoly(
        np.zeros(luma.shape, np.uint8), [((corners - low) * cells).astype(np.int32)], (1,)
    )
    to_cells = np.array([wide / look.width_px, high / look.height_px]) * cells
    boxes = look.persons.boxes_xyxy.astype(np.float64).reshape(-1, 2, 2)
    people = (boxes * to_cells - low * cells).reshape(-1, 4)
    hidden = np.zeros(luma.shape, np.bool_)
    for left, upper, right, lower in people.tolist():
        rows = slice(max(int(upper) - 1, 0), max(int(lower) + 2, 0))
        hidden[rows, max(int(left) - 1, 0) : max(int(right) + 2, 0)] = True
    return View(
        luma=luma.astype(np.float32),
        zone=inside.astype(np.bool_),
        hidden=hidden,
        reach=tuple(_reach(row) for row in people.tolist()),
        origin=(float(low[0] / wide), float(low[1] / high)),
        scale=(float(1 / (cells[0] * wide)), float(1 / (cells[1] * high))),
    )


def _reach(box: list[float]) -> Cells:
    left, upper, right, lower = box
    aside = (right - left) * _NEAR_SHARE
    return int(left - aside), int(upper), int(right + aside) + 1, int(lower + aside / 2) + 1


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """Cells that hang together and differ from the background.

    Attributes:
        label: in the picture of labels.
        luma, was_luma: mean of its inner cells now, and in the background under today's light.
        lit: it is the same surface, lighter or darker.
        gone: the background has the sharper outline: something was taken away.
    """

    label: int
    box: Cells
    area: int
    luma: float
    was_luma: float
    lit: bool
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """How a view differs from the background: blobs, their labels, the share of cells, the gain."""

    blobs: tuple[Blob, ...]
    labels: NDArray[np.int32]
    share: float
    gain: float


def change(view: View, background: Plane, *, differs_luma: float, area_min: float) -> Change | None:
    """Compares a view with the background; None when too little of the zone is to be seen."""
    seen = view.zone & ~view.hidden & (background != UNKNOWN)
    if np.count_nonzero(seen) * 4 < np.count_nonzero(view.zone):
        return None
    ratio = view.luma[seen] / background[seen]
    gain = float(np.clip(np.median(ratio), 1 / _GAIN_MOST, _GAIN_MOST))
    was = background * gain
    differs = seen & (np.abs(view.luma - was) > differs_luma)
    share = float(np.count_nonzero(differs) / np.count_nonzero(seen))
    if not differs.any():
        return Change(blobs=(), labels=np.zeros(seen.shape, np.int32), share=0.0, gain=gain)
    joined = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    joined *= seen
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    blobs = [
        _blob(label, stats[label].tolist(), labels == label, view.luma, was)
        for label in range(1, count)
        if stats[label, cv2.CC_STAT_AREA] >= area_min
    ]
    return Change(blobs=tuple(blobs), labels=np.asarray(labels, np.int32), share=share, gain=gain)


_INNER_MIN = 4
_LIT_GAIN = (0.45, 2.2)  # a shadow or a patch of sun; a black bag is darker
_LIT_REST_LUMA, _LIT_REST_SHARE = 4.0, 0.04  # noise and rims, which grow with the light


def _blob(label: int, stats: list[int], mask: Mask, luma: Plane, was: Plane) -> Blob:
    left, top, wide, high, area = stats
    now, before = luma[mask], was[mask]
    gain = float((now @ before) / (before @ before))
    rest = now - gain * before
    spread = 1.48 * float(np.median(np.abs(rest - np.median(rest))))  # deviation, rims aside
    mean = float(now.mean())
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    if np.count_nonzero(inner) < _INNER_MIN:  # cells at the rim are half floor
        inner = mask
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    outline = grown.astype(np.bool_) & ~cv2.erode(grown, np.ones((5, 5), np.uint8)).astype(np.bool_)
    return Blob(
        label=label,
        box=(left, top, left + wide, top + high),
        area=area,
        luma=float(luma[inner].mean()),
        was_luma=float(was[inner].mean()),
        lit=spread < _LIT_REST_LUMA + _LIT_REST_SHARE * mean and _LIT_GAIN[0] < gain < _LIT_GAIN[1],
        gone=_edges(was, outline) > _edges(luma, outline),
    )


def _edges(luma: Plane, where: Mask) -> float:
    down, across = np.gradient(luma)
    return float(np.hypot(down, across)[where].mean())


def swapped(one: Blob, other: Blob, *, differs_luma: float) -> bool:
    """Whether ``one`` looks like what stood at ``other``, from where something was taken away.

    Where a thing is pushed by less than its width the outlines of both say nothing; then the floor
    that came to light must be like the floor that is gone.
    """
    alike = max(differs_luma * 0.75, abs(one.luma - one.was_luma) * 0.25)
    return (
        0.5 < one.area / other.area < 2.0  # noqa: PLR2004
        and abs(one.luma - other.was_luma) < alike
        and (other.gone or abs(one.was_luma - other.luma) < alike)
    )


def overlap(a: Cells, b: Cells) -> float:
    """Intersection over union."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return shared / (area - shared)
