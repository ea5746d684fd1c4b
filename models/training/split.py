"""Owns which pictures are held apart: whole groups of look-alikes, decided by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

HASH_SIDE = 8


def likeness(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """64 bits that stay when a picture is scaled, re-encoded or turned grey (dHash)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[:, 1:] > small[:, :-1]).reshape(-1)


def groups(hashes: NDArray[np.bool_], *, most_bits: int) -> NDArray[np.int64]:
    """For ``(n, 64)`` hashes, the index of the first picture each is chained to by likeness."""
    member = np.arange(len(hashes))
    for row in range(len(hashes)):
        alike = np.flatnonzero((hashes[:row] != hashes[row]).sum(axis=1) <= most_bits)
        joined = np.unique(member[np.append(alike, row)])
        member[np.isin(member, joined)] = joined.min()
    return member


def held_apart(
    names: list[str],
    hashes: NDArray[np.bool_],
    own: Sequence[bool | None],
    *,
    share: float,
    bits: int,
) -> NDArray[np.bool_]:
    """Which pictures judge.

    Args:
        own: what the picture's set says itself; None where it has no split of its own.

    A group is held apart when one of its pictures is by its own set, or, where no set has a say,
    when the digest of its first picture's name falls into the share.
    """
    group = groups(hashes, most_bits=bits)
    apart = np.zeros(len(names), np.bool_)
    for number in np.unique(group):
        rows = np.flatnonzero(group == number)
        said = [own[int(row)] for row in rows if own[int(row)] is not None]
        digest = int(hashlib.sha256(names[number].encode()).hexdigest()[:8], 16)
        apart[rows] = any(said) if said else digest / 0xFFFFFFFF < share
    return apart
