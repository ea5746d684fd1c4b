"""Owns how sure a share of few cases is. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964  # 95 %
FEW = 10
"""Below so many cases a share is told with the warning that it says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``k`` of ``n`` with Wilson's 95 % interval (E. B. Wilson, JASA 22, 1927)."""

    k: int
    n: int

    @property
    def few(self) -> bool:
        """Whether it says little."""
        return self.n < FEW

    @property
    def percent(self) -> int:
        """The share itself; 0 of none."""
        return round(100 * self.k / self.n) if self.n else 0

    @property
    def low(self) -> int:
        """Lower end of the interval in percent; 0 of none."""
        return round(100 * self._ends()[0])

    @property
    def high(self) -> int:
        """Upper end of the interval in percent; 100 of none."""
        return round(100 * self._ends()[1])

    def _ends(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        share, z2 = self.k / self.n, _Z * _Z
        middle = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = _Z / (1 + z2 / self.n)
        half *= math.sqrt(share * (1 - share) / self.n + z2 / (4 * self.n * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)
