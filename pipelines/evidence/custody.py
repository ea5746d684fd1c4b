"""Owns comparing pinned parts with what was told of them when recorded. Must not store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.evidence.footage import POLL_S, Pinned, Wanted
from pipelines.evidence.manifest import Finding, Span, iso
from pipelines.store import Database

Row = Mapping[str, Any]

_SLACK_MS = 250  # a part's end is known to a frame


async def compared(
    database: Database,
    wanted: Wanted,
    pinned: Pinned,
    *,
    told_s: float,
    clock_s: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """What is wrong with the parts of one camera by the ledger of recorded parts.

    ``part_mismatch``: its bytes are not those that were recorded; ``part_unknown``: no node ever
    told of it; ``part_missing``: one was recorded where the clip has a gap. Nothing where no part
    of that span was ever told of, as of recordings older than the ledger.

    Args:
        told_s: how long a part may still be on its way to the ledger.
    """
    began_s = clock_s()
    while True:
        told = await database.rows(
            "custody_parts",
            camera_id=wanted.camera_id,
            from_ms=wanted.from_ms,
            to_ms=wanted.to_ms,
        )
        known = {int(row["start_ms"]) for row in told}
        if not told or known.issuperset(pinned.parts) or clock_s() - began_s >= told_s:
            return findings(wanted.camera_id, pinned, told)
        await asyncio.sleep(POLL_S)


def findings(camera_id: str, pinned: Pinned, told: Sequence[Row]) -> list[Finding]:
    """The findings, in order of time.

    Args:
        told: rows ``start_ms, end_ms, sha256``; of several of one start the first counts.
    """
    first: dict[int, Row] = {}
    for row in told:
        first.setdefault(int(row["start_ms"]), row)
    found = [_of(camera_id, start_ms, sha256, first) for start_ms, sha256 in pinned.parts.items()]
    found += [
        _missing(camera_id, row)
        for start_ms, row in first.items()
        if start_ms not in pinned.parts and _in_a_gap(row, pinned.coverage.gaps)
    ]
    return sorted((one for one in found if one), key=lambda one: one.subject)


def _of(camera_id: str, start_ms: int, sha256: str, told: Mapping[int, Row]) -> Finding | None:
    if not told:
        return None
    row = told.get(start_ms)
    if row is None:
        detail = f"no node told of a part that begins at {iso(start_ms)}"
        return _finding("part_unknown", camera_id, start_ms, detail)
    if row["sha256"] == sha256:
        return None
    detail = f"recorded with sha256 {row['sha256']}, lay in the recordings with sha256 {sha256}"
    return _finding("part_mismatch", camera_id, start_ms, detail)


def _missing(camera_id: str, row: Row) -> Finding:
    start_ms, end_ms = int(row["start_ms"]), int(row["end_ms"])
    span = f"{iso(start_ms)} to {iso(end_ms)}"
    detail = f"recorded from {span} with sha256 {row['sha256']}, and not among the recordings"
    return _finding("part_missing", camera_id, start_ms, detail)


def _in_a_gap(row: Row, gaps: Sequence[Span]) -> bool:
    return any(
        min(gap.end_ms, row["end_ms"]) - max(gap.start_ms, row["start_ms"]) > _SLACK_MS
        for gap in gaps
    )


def _finding(kind: str, camera_id: str, start_ms: int, detail: str) -> Finding:
    return Finding(kind=kind, subject=f"part-{camera_id}-{start_ms}.mp4", detail=detail)
