"""Judges how far acts are covered by records (AV-11 to 13, AV-16). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from pipelines.records.acts import Act, acts
from pipelines.records.gaps import Gap, Span, covered, gaps, share_covered

WHOLE = 0.98
"""From this share on an act counts as recorded: clocks and documents differ by seconds."""
TIMES_MS = 5 * 60_000
"""So far may the record's times lie from the document's (AV-16)."""


class Cover(StrEnum):
    """How an act is recorded."""

    WHOLE = "whole"
    PARTLY = "partly"
    NOT = "not"
    EXCUSED = "excused"


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One act and its record.

    Attributes:
        gaps: interruptions within it; of an act that must be continuous, each is a fault.
        differs_ms: how far the record's beginning and end lie from the document's, where the
            act is recorded at all and it is more than ``TIMES_MS``; else None.
    """

    act_id: str
    kind: str
    unit_id: str
    officers: tuple[str, ...]
    party_id: str | None
    start_ms: int
    end_ms: int
    cover: Cover
    share: float
    must: bool
    continuous: bool
    records: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    differs_ms: int | None = None
    excuse: str = ""

    @property
    def fault(self) -> str:
        """Why it is listed: ``unrecorded``, ``broken``, ``partly``, ``times``; empty: it is not."""
        if self.must and self.cover is Cover.NOT:
            return "unrecorded"
        if (
            self.continuous
            and self.cover is not Cover.EXCUSED
            and (self.gaps or self.cover is not Cover.WHOLE)
        ):
            return "broken"
        if self.must and self.cover is Cover.PARTLY:
            return "partly"
        return "times" if self.differs_ms is not None else ""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Acts that must be recorded, and how many of them are; excused ones count as neither."""

    must: int
    whole: int
    partly: int
    unrecorded: int
    excused: int

    @property
    def share(self) -> float | None:
        """Share recorded from end to end; None where nothing had to be."""
        return self.whole / self.must if self.must else None


def cover(
    rows: Iterable[dict[str, Any]],
    records: Sequence[dict[str, Any]],
    stated: Sequence[dict[str, Any]] = (),
) -> list[Covered]:
    """Every act with its record: same officer, same party where both name one, same time."""
    return [_one(row, [r for r in records if _of(row, r)], stated) for row in rows]


def rates(found: Iterable[Covered]) -> Rates:
    """Counts over the acts that must be recorded."""
    must = [one for one in found if one.must]
    count = {kind: sum(one.cover is kind for one in must) for kind in Cover}
    return Rates(
        must=len(must) - count[Cover.EXCUSED], whole=count[Cover.WHOLE],
        partly=count[Cover.PARTLY], unrecorded=count[Cover.NOT], excused=count[Cover.EXCUSED],
    )  # fmt: skip


def _of(act: dict[str, Any], record: dict[str, Any]) -> bool:
    apart = record["end_ms"] <= act["start_ms"] or record["start_ms"] >= act["end_ms"]
    others = act["party_id"] and record["party_id"] and act["party_id"] != record["party_id"]
    return not apart and not others and bool({*act["officers"]} & {*(record["officers"] or ())})


def _one(
    act: dict[str, Any], records: list[dict[str, Any]], stated: Sequence[dict[str, Any]]
) -> Covered:
    kind: Act | None = acts().get(act["kind"])
    span: Span = (act["start_ms"], act["end_ms"])
    spans = covered(records)
    share = share_covered(span, spans)
    how = Cover.WHOLE if share >= WHOLE else Cover.PARTLY if records else Cover.NOT
    if act["unrecorded_reason"] and how is not Cover.WHOLE:
        how = Cover.EXCUSED
    differs = None
    if records and how is not Cover.EXCUSED:
        away = max(abs(spans[0][0] - span[0]), abs(spans[-1][1] - span[1]))
        differs = away if away > TIMES_MS else None
    within = [g for g in gaps(records, stated) if g.start_ms < span[1] and g.end_ms > span[0]]
    return Covered(
        act_id=act["act_id"], kind=act["kind"], unit_id=act["unit_id"],
        officers=tuple(act["officers"]), party_id=act["party_id"], start_ms=span[0],
        end_ms=span[1], cover=how, share=share, must=bool(kind and kind.must),
        continuous=bool(kind and kind.continuous), gaps=tuple(within), differs_ms=differs,
        records=tuple(r["record_id"] for r in records), excuse=act["unrecorded_reason"],
    )  # fmt: skip
