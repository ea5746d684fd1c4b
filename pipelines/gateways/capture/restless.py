"""Learns which places never rest: leaves, a flag, the digits of a clock. Pure but for its state.

Learnt is only what comes and goes. Who stands where nobody was covers a place for as long, and
comes and goes once, so standing is never learnt; nor is passing, unless people pass a spot on
every third look for minutes.
"""

from __future__ import annotations

import numpy as np

from pipelines.gateways.capture.lighting import CHANGED_LUMA, Mask, Small

_OVER_S = 90.0
_OFTEN = 0.28  # share of looks between which a place comes or goes; of pure chance it is a half
_BEYOND = 1.6  # a change so many times the usual one is no longer what is known of the place


class Restless:
    """How often each place of the small picture comes and goes, and by how much it then differs.

    Attributes:
        loose: places that come and go often enough for the background to follow them even so.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._was = self.loose = np.zeros(shape, np.bool_)
        self._turns = np.zeros(shape, np.float32)
        self._usual = np.full(shape, CHANGED_LUMA, np.float32)

    def step(self, changed: Mask, differs: Small, *, wait_s: float) -> Mask:
        """Which changes are no more than is known of their places.

        Args:
            changed: where the picture differs from the background.
            differs: by how much, luma.
            wait_s: since the look before.
        """
        learn = np.float32(min(wait_s / _OVER_S, 0.2))
        turned = changed != self._was
        self._was = changed
        self._turns += learn * (turned - self._turns)
        self.loose = self._turns >= _OFTEN / 2
        self._usual[changed] += learn * (differs[changed] - self._usual[changed])
        return changed & (self._turns >= _OFTEN) & (differs <= _BEYOND * self._usual)
