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
_DETAIL_PX = 9  # what is finer than this is texture, what is coarser may be light
_TEXTURE_LUMA = 1.5  # mean deviation below which a surface shows no texture to compare
_ALIKE = 0.75  # correlation from which two textures are one, lit differently


def explained(background: Small, small: Small) -> tuple[Mask, Small]:
    """What no change of the whole picture's light explains, and the background in that light.

    Tried are the light as it was, a constant added, and a factor.
    """
    changed = differing(small, background)
    if np.count_nonzero(changed) < _FEW_PX:
        return changed, background
    found = [(changed, background)]
    found += [(differing(small, lit), lit) for lit in _lightings(background, small)]
    return min(  # of equal explanations, the closer one
        found, key=lambda one: (np.count_nonzero(one[0]), float(cv2.absdiff(small, one[1]).mean()))
    )


def only_lit(background: Small, small: Small, where: Mask) -> bool:
    """Whether a surface shows the texture it had: a beam, a shadow, a lamp, and nothing on it.

    A surface without texture cannot tell, so it counts as covered.
    """
    height, width = where.shape
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    margin = _DETAIL_PX // 2
    cut = (
        slice(max(0, rows[0] - margin), min(height, rows[-1] + margin + 1)),
        slice(max(0, columns[0] - margin), min(width, columns[-1] + margin + 1)),
    )
    inner = cv2.erode(where[cut].astype(np.uint8), _BORDER)  # the border shows some of both
    was, now = _detail(background[cut], inner), _detail(small[cut], inner)
    if not was.size or np.abs(was).mean() < _TEXTURE_LUMA or np.abs(now).mean() < _TEXTURE_LUMA:
        return False
    return float(np.dot(was, now)) >= _ALIKE * float(np.linalg.norm(was) * np.linalg.norm(now))


def differing(small: Small, expected: Small) -> Mask:
    """Pixels that differ by more than noise; neither burnt out nor drowned ones, nor specks."""
    changed = cv2.absdiff(small, expected) > CHANGED_LUMA
    burnt_out = (small > _CLIPPED_HIGH) & (expected > _CLIPPED_HIGH - 2 * CHANGED_LUMA)
    drowned = (small < _CLIPPED_LOW) & (expected < _CLIPPED_LOW + 2 * CHANGED_LUMA)
    changed &= ~(burnt_out | drowned)
    return np.asarray(cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, _SPECK), np.bool_)


def _lightings(background: Small, small: Small) -> list[Small]:
    now, was = small[::3, ::3].ravel(), background[::3, ::3].ravel()  # enough for a median
    step_up = np.float32(np.median(now - was))
    lit = was >= _TOO_DARK
    factor = float(np.median(now[lit] / was[lit])) if lit.any() else 1.0
    return [
        np.clip(background + step_up, 0, 255).astype(np.float32),
        np.clip(background * np.float32(factor), 0, 255).astype(np.float32),
    ]


def _detail(small: Small, inside: NDArray[Any]) -> Small:
    """What is finer than lighting, of the pixels inside and seen against them alone, ``(n,)``."""
    size, weight = (_DETAIL_PX, _DETAIL_PX), inside.astype(np.float32)
    total, share = cv2.blur(small * weight, size), cv2.blur(weight, size)
    chosen = inside.astype(np.bool_)
    return np.asarray(small[chosen] - total[chosen] / share[chosen], np.float32)
