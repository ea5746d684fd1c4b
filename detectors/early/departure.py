"""Owns how far the channels of one site have departed from their own recent past. Must not judge.

Each channel has a baseline, the median of its last cells, and a scale, the slowly forgotten mean
distance of its values from that baseline. A row's score is the greatest of its channels' distances,
in scales. Nothing is learned from labels. A cell that stands far out moves the scale only a little,
and the median not at all: an event does not hide the next one.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """How channels are compared with their past.

    Attributes:
        cells: in the baseline's median.
        forget: weight of the newest cell in the scale, once it is the smaller one.
        clip: a cell's distance counts for at most this many scales.
        warm: cells with a distance that a channel needs before it is scored.
        steps: resolutions added to the scale: below them nothing is seen.
    """

    cells: int = 36
    forget: float = 1 / 4032
    clip: float = 5.0
    warm: int = 288
    steps: float = 1.0


class Channels(msgspec.Struct, frozen=True):
    """What is remembered of ``k`` channels.

    Attributes:
        past: float64 bytes ``(cells, k)``, NaN where a cell held nothing, oldest first.
        scale: float64 bytes ``(k,)``: mean distance from the baseline.
        seen: int64 bytes ``(k,)``: cells the scale was learned from.
        baseline: float64 bytes ``(k,)``: median of ``past``, NaN while too few cells are known.
    """

    past: bytes
    scale: bytes
    seen: bytes
    baseline: bytes

    @classmethod
    def new(cls, model: Departure, k: int) -> Channels:
        """Nothing is known yet."""
        return cls(
            np.full((model.cells, k), np.nan).tobytes(),
            np.zeros(k).tobytes(),
            np.zeros(k, np.int64).tobytes(),
            np.full(k, np.nan).tobytes(),
        )


class Reference:
    """The channels as they are used: arrays instead of bytes.

    Attributes:
        baseline: float64 ``(k,)``; NaN where unknown.
        scale: float64 ``(k,)``.
        ready: bool ``(k,)``: may be scored.
    """

    def __init__(self, model: Departure, channels: Channels) -> None:
        self.model = model
        self.past = np.frombuffer(channels.past).reshape(model.cells, -1)
        self.scale = np.frombuffer(channels.scale)
        self.seen = np.frombuffer(channels.seen, np.int64)
        self.baseline = np.frombuffer(channels.baseline)
        self._ready()

    def absorb(self, means: Floats, distance: Floats) -> None:
        """Takes in one closed cell.

        Args:
            means: float64 ``(k,)``, NaN where a channel had no value.
            distance: mean distance of its values from the baseline, NaN where either is unknown.
        """
        model = self.model
        known = distance == distance  # noqa: PLR0124  not NaN
        seen = self.seen + known
        weight = np.maximum(model.forget, 1.0 / np.maximum(seen, 1))
        learned = self.seen >= model.warm
        counted = np.where(learned, np.minimum(distance, model.clip * self.scale), distance)
        self.scale = np.where(known, self.scale + weight * (counted - self.scale), self.scale)
        self.seen = seen
        self.past = np.concatenate([self.past[1:], means[None, :]])
        self._refresh()

    def score(self, values: Floats, channel: NDArray[np.int64], resolution: Floats) -> Floats:
        """Distance of each value from its channel's baseline, in scales; 0 where not ready.

        Args:
            values: float64 ``(n,)``.
            channel: int ``(n,)``, the column of each value.
            resolution: float64 ``(k,)``, the smallest step each channel shows.
        """
        far = np.abs(values - self.baseline[channel])
        scale = np.maximum(self.scale + self.model.steps * resolution, 1e-12)
        return np.where(self.ready[channel], far / scale[channel], 0.0)

    def kept(self) -> Channels:
        """As bytes again."""
        return Channels(
            self.past.tobytes(), self.scale.tobytes(), self.seen.tobytes(), self.baseline.tobytes()
        )

    def _refresh(self) -> None:
        # NaN sorts last: with all cells known the two middle rows are the median's
        model = self.model
        ordered = np.sort(self.past, axis=0)
        known = model.cells - np.isnan(self.past).sum(axis=0)
        column = np.arange(ordered.shape[1])
        low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, model.cells - 1)
        middle = (ordered[low, column] + ordered[high, column]) / 2
        enough = 2 * known >= model.cells
        self.baseline = np.where(enough, middle, np.nan)
        self._ready()

    def _ready(self) -> None:
        # NaN compares unequal to itself: a channel without a baseline is not ready
        self.ready = (self.baseline == self.baseline) & (self.seen >= self.model.warm)
