"""Tells a change of light from something that came into the picture. Pure arrays."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.float32]
Mask = NDArray[np.bool_]

CHANGED_LUMA = 16.0  # a pixel of the small picture that differs by this much does not by noise
_CLIPPED_LOW, _CLIPPED_HIGH = 4.0, 251.0
_TOO_DARK = 8.0  # luma below which a ratio of brightness means nothing
_SPECK = np.ones((2, 2), np.uint8)
_BORDER = np.ones((9, 9), np.uint8)
_FEW_PX = 8  # fewer changed pixels need no explanation
_MOST, _MUCH = 0.5, 0.25
_DETAIL_PX = 9  # what is finer than this is texture, what is coarser may be light
_TEXTURE_LUMA = 0.8  # mean deviation below which a surface shows no texture to compare
_EDGE_SHARE, _EDGE_LUMA = 0.8, 4.0  # of a blob, a fifth is edge, where a thing changes so per pixel
_ALIKE = 0.7  # correlation from which two textures are one, lit differently


def explained(background: Small, small: Small) -> tuple[Mask, Small] | None:
    """What no change of the whole picture's light explains, and the background in that light.

    None where most changed and much of that stays unexplained: it is another scene.

    Tried are the light as it was, a constant added, a factor, and a factor for each row: under a
    lamp on alternating current, a rolling shutter's picture shows bands.
    """
    changed = differing(small, background)
    if np.count_nonzero(changed) < _FEW_PX:
        return changed, background
    found = [(changed, background)]
    found += [(differing(small, lit), lit) for lit in _lightings(background, small)]
    best = min(  # of equal explanations, the closer one
        found, key=lambda one: (np.count_nonzero(one[0]), float(cv2.absdiff(small, one[1]).mean()))
    )
    most = np.count_nonzero(changed) > _MOST * changed.size
    return None if most and np.count_nonzero(best[0]) > _MUCH * changed.size else best


def only_lit(background: Small, small: Small, where: Mask) -> bool:
    """Whether a place shows what it showed, in other light: a beam, a shadow, a lamp.

    Light has no sharp edge, or the surface under it shows the texture that it had. A sharp change
    on a surface without texture cannot be told from a thing.
    """
    height, width = where.shape
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    margin = _DETAIL_PX // 2
    cut = (
        slice(max(0, rows[0] - margin), min(height, rows[-1] + margin + 1)),
        slice(max(0, columns[0] - margin), min(width, columns[-1] + margin + 1)),
    )
    if _soft(small[cut] - background[cut], where[cut]):
        return True
    inner = cv2.erode(where[cut].astype(np.uint8), _BORDER)  # the border shows some of both
    was, now = _detail(background[cut], inner), _detail(small[cut], inner)
    if not was.size or np.abs(was).mean() < _TEXTURE_LUMA or np.abs(now).mean() < _TEXTURE_LUMA:
        return False
    return float(np.dot(was, now)) >= _ALIKE * float(np.linalg.norm(was) * np.linalg.norm(now))


def _soft(change: Small, where: Mask) -> bool:
    down, across = np.gradient(change)
    steep = np.maximum(np.abs(down), np.abs(across))[where]
    return float(np.quantile(steep, _EDGE_SHARE)) < _EDGE_LUMA


def differing(small: Small, expected: Small) -> Mask:
    """Pixels that differ by more than noise; neither burnt out nor drowned ones, nor specks."""
    changed = cv2.absdiff(small, expected) > CHANGED_LUMA
    burnt_out = (small > _CLIPPED_HIGH) & (expected > _CLIPPED_HIGH - 2 * CHANGED_LUMA)
    drowned = (small < _CLIPPED_LOW) & (expected < _CLIPPED_LOW + 2 * CHANGED_LUMA)
    changed &= ~(burnt_out | drowned)
    return np.asarray(cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, _SPECK), np.bool_)


def _lightings(background: Small, small: Small) -> list[Small]:
    now, was = small[:, ::3], background[:, ::3]  # enough for a median
    ratio = now / np.maximum(was, _TOO_DARK)
    rows = np.median(ratio, axis=1, keepdims=True).astype(np.float32)
    lit = was >= _TOO_DARK
    factor = np.float32(np.median(ratio[lit]) if lit.any() else 1.0)
    step_up = np.float32(np.median(now - was))
    return [
        np.clip(made, 0, 255)
        for made in (background + step_up, background * factor, background * rows)
    ]


def _detail(small: Small, inside: NDArray[Any]) -> Small:
    """What is finer than lighting, of the pixels inside and seen against them alone, ``(n,)``."""
    size, weight = (_DETAIL_PX, _DETAIL_PX), inside.astype(np.float32)
    total, share = cv2.blur(small * weight, size), cv2.blur(weight, size)
    chosen = inside.astype(np.bool_)
    return np.asarray(small[chosen] - total[chosen] / share[chosen], np.float32)
