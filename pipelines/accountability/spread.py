"""Owns how far is far: shares with Wilson's interval, amounts by the median. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

Z = 2.5758
"""99 %: with many officers compared, 95 % would call one in twenty by chance."""
FEWEST = 20
"""Verdicts of one officer, and of the peers, below which a share says nothing."""
FEWEST_AMOUNTS = 8
FAR = 3.5
"""Robust z of Iglewicz and Hoaglin (1993), How to detect and handle outliers."""
_MAD_TO_SD = 0.6745


class Rate(NamedTuple):
    """A share of n with its interval."""

    share: float
    n: int
    low: float
    high: float


class Away(NamedTuple):
    """The peers that something is far from; low and high are where ``FAR`` lies."""

    n: int
    median: float
    low: float
    high: float


def rate(said: Sequence[bool]) -> Rate:
    """A share with the Wilson score interval (1927), which holds for few and for extremes."""
    n = len(said)
    if n == 0:
        return Rate(0.0, 0, 0.0, 1.0)
    p, z2 = sum(said) / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Rate(round(p, 4), n, round(low, 4), round(high, 4))


def apart(own: Rate, peers: Rate) -> bool:
    """Whether there are enough of both and their intervals do not touch."""
    if min(own.n, peers.n) < FEWEST:
        return False
    return own.low > peers.high or own.high < peers.low


def far(value: float, peers: Sequence[float]) -> Away | None:
    """The peers, where a value lies far from them; None: too few, all alike, or not far."""
    if len(peers) < FEWEST_AMOUNTS:
        return None
    middle = median(peers)
    spread = median(abs(one - middle) for one in peers)
    reach = FAR * spread / _MAD_TO_SD
    if spread == 0 or abs(value - middle) <= reach:
        return None
    return Away(len(peers), middle, round(max(0.0, middle - reach), 2), round(middle + reach, 2))
