"""Adds up what a capture recorded and what it said was missing, from its files and its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.footage.parts import part_end_ms
from pipelines.footage.types import Gap, Part

JOINT_MS = 2
"""Parts and gaps touch within the rounding of a millisecond on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Milliseconds from the first part's start to the last one's end, and what they were.

    Attributes:
        recorded_ms: in parts, as their files hold it, without holes that were told.
        gap_ms: in gaps.
        overlap_ms: counted twice.
        untold_ms: in neither.
    """

    elapsed_ms: int
    recorded_ms: int
    gap_ms: int
    overlap_ms: int
    untold_ms: int

    @property
    def off_ms(self) -> int:
        """By how much the sum is off."""
        return abs(self.elapsed_ms - self.recorded_ms - self.gap_ms)


def account(parts: Sequence[Part], gaps: Sequence[Gap]) -> Account:
    """The account of one camera.

    Raises:
        ValueError: a part's file does not hold what the part says.
    """
    spans = []
    for part in parts:
        held_ms = part_end_ms(part.start_ms, part.path)
        if held_ms is None or abs(held_ms - part.end_ms) > 60:  # a frame, and drift
            raise ValueError(f"{part.path}: holds until {held_ms}, said {part.end_ms}")
        spans.append((part.start_ms, part.end_ms))
    spans.sort()
    first, last = spans[0][0], spans[-1][1]
    told = sorted(
        (max(gap.start_ms, first), min(gap.end_ms, last))
        for gap in gaps
        if gap.end_ms > first and gap.start_ms < last
    )
    inside = sum(
        max(0, min(end, gap_end) - max(start, gap_start))
        for start, end in spans
        for gap_start, gap_end in told
    )
    recorded = sum(end - start for start, end in spans) - inside
    untold = overlap = 0
    joined = sorted([*spans, *told])
    reached = joined[0][1]
    for start, end in joined[1:]:
        untold += max(0, start - reached)
        reached = max(reached, end)
    for before, after in (*pairwise(spans), *pairwise(told)):
        overlap += max(0, before[1] - after[0])
    return Account(
        elapsed_ms=last - first, recorded_ms=recorded,
        gap_ms=sum(end - start for start, end in told), overlap_ms=overlap, untold_ms=untold,
    )  # fmt: skip
