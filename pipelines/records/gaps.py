"""Owns where a session was interrupted and what was said of it (AV-18, AV-19). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec

LEAST_MS = 2000
"""Devices that record in a loop close a file and open the next within this."""

Span = tuple[int, int]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch within a session of which there is no recording, epoch ms.

    Attributes:
        reason: as stated afterwards; empty: nobody said why.
        aloud: the reason was spoken on the record at the restart.
    """

    start_ms: int
    end_ms: int
    reason: str = ""
    aloud: bool = False
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether something is still owed: a reason, or the words at the restart."""
        return not self.reason or not self.aloud


def covered(records: Iterable[dict[str, Any]]) -> list[Span]:
    """Stretches that the records cover, joined, in order; rows have start, end and pauses."""
    spans: list[Span] = []
    for row in records:
        at = int(row["start_ms"])
        for begin, end in row["pauses"] or ():
            if end - begin >= LEAST_MS:
                spans.append((at, int(begin)))
                at = int(end)
        spans.append((at, int(row["end_ms"])))
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin - joined[-1][1] < LEAST_MS:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def gaps(records: Sequence[dict[str, Any]], stated: Iterable[dict[str, Any]] = ()) -> list[Gap]:
    """Interruptions of one session, each with what was stated of it."""
    spans = covered(records)
    said = list(stated)
    found = []
    for (_, begin), (end, _) in pairwise(spans):
        one = next((s for s in said if s["start_ms"] < end and s["end_ms"] > begin), None)
        found.append(
            Gap(
                start_ms=begin, end_ms=end, reason=one["reason"] if one else "",
                aloud=bool(one and one["explained_aloud"]), note=one["note"] if one else "",
            )
        )  # fmt: skip
    return found


def share_covered(span: Span, spans: Iterable[Span]) -> float:
    """How much of a span is covered, 0 to 1; the spans do not overlap."""
    begin, end = span
    inside = sum(max(0, min(end, b) - max(begin, a)) for a, b in spans)
    return inside / max(end - begin, 1)
