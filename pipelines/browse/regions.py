"""Owns which parts of a picture are hidden, in one picture and from one to the next. Pure.

A face that is missed is worse than a blur too many: boxes are enlarged, held before and after they
were seen, and joined with where they went. Bodies stay visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
"""``(n, 4)``, corners in pixels."""

_FACE_GROWS = 1.5
_HEAD_SHARE = 0.2  # of a standing person's height
_HEAD_OF_WIDTH = 0.5  # of whoever sits or is cut off, so that the box is wide
_HEAD_ABOVE = 0.05  # boxes begin in the hair as often as above it
_PERSON_LEAST_PX = 32.0  # of one smaller the head has 6 px, in which nobody is known
_REACH = 1.5  # a box joins another whose middle is within so many of its longer sides
_HELD = 2  # finds before and after


def faces(boxes: Boxes) -> Boxes:
    """Faces, enlarged about their middle: hair and chin tell people apart as well."""
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    half = half * np.float32(_FACE_GROWS)
    return np.concatenate([middle - half, middle + half], axis=1)


def heads(persons: Boxes) -> Boxes:
    """The upper part of each person that is large enough."""
    tall, wide = persons[:, 3] - persons[:, 1], persons[:, 2] - persons[:, 0]
    head = np.minimum(np.maximum(_HEAD_SHARE * tall, _HEAD_OF_WIDTH * wide), tall)
    found = np.stack(
        [persons[:, 0], persons[:, 1] - _HEAD_ABOVE * tall, persons[:, 2], persons[:, 1] + head],
        axis=1,
    )
    return np.asarray(found[tall >= _PERSON_LEAST_PX], np.float32)


class Hidden:
    """What is hidden when, of finds that were made every so often.

    Args:
        times_s: of each find, rising.
        found: the boxes of each find.
    """

    def __init__(self, times_s: Sequence[float], found: Sequence[Boxes]) -> None:
        self._times_s = np.asarray(times_s, np.float64)
        self._found = found
        self._between = [_joined(a, b) for a, b in pairwise(found)]

    def at(self, time_s: float) -> Boxes:
        """What to hide in the picture of a moment."""
        if not self._found:
            return np.zeros((0, 4), np.float32)
        after = int(np.searchsorted(self._times_s, time_s, side="left"))
        first, last = max(0, after - _HELD), min(len(self._found), after + _HELD)
        between = self._between[max(0, after - 1) : after]
        return np.concatenate([*self._found[first:last], *between])


def _joined(before: Boxes, after: Boxes) -> Boxes:
    """Boxes that span where each went: a face between two finds is in the box around both."""
    if not len(before) or not len(after):
        return np.zeros((0, 4), np.float32)
    middles_a, middles_b = ((b[:, :2] + b[:, 2:]) / 2 for b in (before, after))
    apart = np.abs(middles_a[:, None] - middles_b[None]).max(axis=2)
    sides = (before[:, 2:] - before[:, :2]).max(axis=1)
    nearest = apart.argmin(axis=1)
    near = apart[np.arange(len(before)), nearest] <= _REACH * sides
    a, b = before[near], after[nearest[near]]
    return np.concatenate([np.minimum(a[:, :2], b[:, :2]), np.maximum(a[:, 2:], b[:, 2:])], axis=1)
