"""Owns whether several channels still move together as they did in a normal stretch.

Hotelling's T squared of smoothed rows against mean and covariance learned from normal rows, beside
the 99th percentile it reached among them (the T²+Q chart of the SKAB benchmark with all components
kept). Must not judge.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STILL = 1e-9  # a channel that does not move has no scale


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """How rows are compared.

    Attributes:
        smooth: weight of the newest row in the running mean that is compared.
        quantile: of T squared among the normal rows; a score of 1 is there.
        ridge: share of a channel's variance added on the diagonal: channels may be copies.
    """

    smooth: float = 0.07
    quantile: float = 0.99
    ridge: float = 1e-6


class Normal(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned from normal rows of ``k`` channels.

    Attributes:
        mean, scale: ``(k,)`` of the raw rows.
        centre: ``(k,)`` of the smoothed, standardised rows.
        precision: ``(k, k)``, their inverse covariance.
        reach: T squared at the quantile.
    """

    mean: Floats
    scale: Floats
    centre: Floats
    precision: Floats
    reach: float


def learn(model: Together, rows: Floats) -> Normal:
    """Learns from normal rows, float64 ``(n, k)`` in order of time.

    Raises:
        ValueError: too few rows for so many channels.
    """
    n, k = rows.shape
    if n < 10 * k:
        raise ValueError(f"{n} normal rows are too few for {k} channels; {10 * k} are needed")
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > _STILL, scale, 1.0)
    smooth = smoothed(model, (rows - mean) / scale)
    centre = smooth.mean(axis=0)
    spread = np.asarray(np.cov(smooth.T, bias=True), np.float64).reshape(k, k)
    ridge = model.ridge * np.diag(np.maximum(np.diag(spread), 1e-9))
    precision: Floats = np.asarray(np.linalg.inv(spread + ridge), np.float64)
    reach = float(np.quantile(_squared(smooth - centre, precision), model.quantile))
    return Normal(mean=mean, scale=scale, centre=centre, precision=precision, reach=reach)


def scores(model: Together, normal: Normal, rows: Floats) -> Floats:
    """T squared of each row as a multiple of ``reach``; float64 ``(n,)``."""
    smooth = smoothed(model, (rows - normal.mean) / normal.scale)
    return _squared(smooth - normal.centre, normal.precision) / max(normal.reach, 1e-12)


def smoothed(model: Together, rows: Floats) -> Floats:
    """Exponentially weighted running mean of each column, from the first row on."""
    result = np.empty_like(rows)
    running = rows[0]
    for i, row in enumerate(rows):
        running = running + model.smooth * (row - running)
        result[i] = running
    return result


def _squared(away: Floats, precision: Floats) -> Floats:
    result: Floats = np.einsum("ij,jk,ik->i", away, precision, away)
    return result
