"""Owns the latest readings of one series, packed. Must not know what they are needed for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.types import Flag, Readings

ROW = np.dtype([("time_ms", "i8"), ("value", "f8"), ("flag", "u1")])
"""A held reading: of any flag, in a minute that is not over."""
NORMAL_ROW = np.dtype([("time_ms", "i8"), ("value", "f8")])
"""A normal reading in a minute that is over."""


class Recent:
    """What windows and open roll-ups still need. Bytes: there are very many of these.

    Attributes:
        tail: ``NORMAL_ROW`` in order of time.
        held: ``ROW`` in order of time.
    """

    __slots__ = ("held", "tail")

    def __init__(self) -> None:
        self.tail = bytearray()
        self.held = b""

    def normal(self) -> NDArray[np.void]:
        """The tail's rows, a copy."""
        return np.frombuffer(bytes(self.tail), NORMAL_ROW)

    def forget_before(self, time_ms: int) -> None:
        """Drops what is in the tail before a moment."""
        count = int(np.searchsorted(self.normal()["time_ms"], time_ms))
        del self.tail[: count * NORMAL_ROW.itemsize]


def packed(rows: Readings) -> NDArray[np.void]:
    """Readings as ``ROW``, in their order."""
    found = np.empty(len(rows), ROW)
    found["time_ms"], found["value"], found["flag"] = rows.time_ms, rows.value, rows.flag
    return found


def normal_of(rows: NDArray[np.void]) -> NDArray[np.void]:
    """The normal ones among ``ROW``, as ``NORMAL_ROW``."""
    rows = rows[rows["flag"] == Flag.NORMAL]
    found = np.empty(len(rows), NORMAL_ROW)
    found["time_ms"], found["value"] = rows["time_ms"], rows["value"]
    return found
