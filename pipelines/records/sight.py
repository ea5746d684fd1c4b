"""Judges what was seen from picture to picture: stills where it should move, jumps. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.footage.examine import Pictures
from pipelines.records.findings import Finding, found

STILL, STILL_S, MOVES = 0.12, 2.0, 5.0
"""Grey levels that count as no change; for how long; how many times more it moves elsewhere."""
AROUND, JUMP, JUMP_TIMES = 6, 4.0, 2.5
"""Pictures on each side that are compared with; grey levels; times the largest of those."""


def judge(pictures: Pictures | None) -> Iterator[Finding]:
    """All findings about what was seen; one that says so when nobody looked."""
    if pictures is None:
        yield found("unlooked")
        return
    if pictures.undecodable:
        yield found("undecodable", packets=pictures.undecodable)
    if len(pictures.time_s) > 2 * AROUND:
        yield from _still(pictures)
        yield from _jumps(pictures)


def _still(pictures: Pictures) -> Iterator[Finding]:
    if float(np.median(pictures.change[1:])) < MOVES * STILL:
        return  # a room in which nothing moves says nothing by standing still
    still = np.concatenate([[False], pictures.change[1:] < STILL, [False]])
    edges = np.flatnonzero(np.diff(still.astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        length_s = float(
            pictures.time_s[min(end, len(pictures.time_s) - 1)] - pictures.time_s[begin]
        )
        if length_s >= STILL_S:
            yield found("frozen", at_s=_at(pictures, int(begin)), length_s=length_s)


def _jumps(pictures: Pictures) -> Iterator[Finding]:
    change = pictures.change
    candidates = np.flatnonzero(change > JUMP)
    for i in candidates:
        around = np.concatenate([change[max(1, i - AROUND) : i], change[i + 1 : i + 1 + AROUND]])
        most = float(around.max()) if len(around) else 0.0
        if len(around) > AROUND and change[i] > JUMP_TIMES * most:
            yield found(
                "picture_jump", at_s=_at(pictures, int(i)), change=float(change[i]), around=most
            )


def _at(pictures: Pictures, i: int) -> float:
    return float(pictures.time_s[i] - pictures.time_s[0])
