"""Owns the baseline every figure stands beside: a plain robust z-score over the last day."""

from __future__ import annotations

import numpy as np

from detectors.evaluate.labelled import Floats

_DAY_S = 86_400.0
_REFRESH = 48  # median and MAD are taken anew this many times a window
_LEAST = 20
_CAP = 1e6
_LEAST_SPREAD = 1e-9


def scores(values: Floats, step_s: float) -> Floats:
    """Greatest over the sensors of ``|x - median| / (1.4826 MAD)``, past day only; ``(n,)``.

    Where more than half of the day is one value, the mean deviation stands for the MAD
    (Iglewicz and Hoaglin 1993).
    """
    n = len(values)
    window = max(int(_DAY_S / step_s), _LEAST)
    result = np.zeros(n)
    stride = max(1, window // _REFRESH)
    for start in range(_LEAST, n, stride):
        past = values[max(0, start - window) : start]
        if len(past) == 0 or np.isnan(past).all(axis=0).any():
            continue
        middle = np.nanmedian(past, axis=0)
        spread = 1.4826 * np.nanmedian(np.abs(past - middle), axis=0)
        even = 1.2533 * np.nanmean(np.abs(past - middle), axis=0)
        spread = np.where(spread > 0, spread, np.maximum(even, _LEAST_SPREAD))
        block = np.abs(values[start : start + stride] - middle) / spread
        result[start : start + stride] = np.nan_to_num(block, nan=0.0).max(axis=1)
    return np.minimum(result, _CAP)
