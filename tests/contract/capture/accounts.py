"""Adds up what a capture recorded and what it said was missing, from its files and its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.types import Gap, Part

FRAME_AND_DRIFT_MS = 60
JOINT_MS = 2
"""Parts and gaps touch within the rounding of a millisecond on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Milliseconds from the first part's start to the last one's end, and what they were.

    Attributes:
        recorded_ms: in parts, without holes that were told.
        shown_ms: what the frames in the parts' files make up, one by one: nobody's word for it.
        gap_ms: in gaps.
        overlap_ms: counted twice.
        untold_ms: in neither.
    """

    elapsed_ms: int
    recorded_ms: int
    shown_ms: int
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
    spans, shown = [], 0.0
    for part in parts:
        with open_video(str(part.path)) as video:
            packets = [packet for packet in video.packets() if isinstance(packet, VideoPacket)]
        held_ms = part.start_ms + max(p.time_s + p.duration_s for p in packets) * 1000
        if abs(held_ms - part.end_ms) > FRAME_AND_DRIFT_MS:
            raise ValueError(f"{part.path}: holds until {held_ms}, said {part.end_ms}")
        spans.append((part.start_ms, part.end_ms))
        shown += sum(packet.duration_s for packet in packets) * 1000
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
        elapsed_ms=last - first, recorded_ms=recorded, shown_ms=round(shown),
        gap_ms=sum(end - start for start, end in told), overlap_ms=overlap, untold_ms=untold,
    )  # fmt: skip
