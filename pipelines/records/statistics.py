"""Counts a month by unit and by officer, and ranks what is weak. Pure but for one read.

A figure is a count over rows that anybody can list; nothing here is estimated.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pipelines.records.coverage import Covered, cover, rates
from pipelines.records.diary import USES
from pipelines.records.findings import known
from pipelines.records.gaps import Gap, gaps
from pipelines.records.types import NotTaken
from pipelines.records.working_days import ZONE
from pipelines.store import Database
from pipelines.store.database import Row

WEAK = (
    "unrecorded",
    "broken",
    "partly",
    "times",
    "late",
    "unstated_gaps",
    "findings",
    "answers_no",
)
"""Weak links, each counted over what could have been right."""
_MARGIN_MS = 86_400_000


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a month, of all units or of one."""

    records: list[Row]
    acts: list[Covered]
    sessions: dict[str, list[Gap]]
    uses: list[Row]
    violations: list[Row]
    checks: list[Row]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one unit or officer.

    Attributes:
        coverage: share of acts that must be recorded and are, from end to end; None: no such act.
        weak: weak links, worst first: name, how many, of how many.
    """

    who: str
    records: int
    hours: float
    late: int
    acts: int
    missing: int
    gaps: int
    unstated_gaps: int
    findings: int
    coverage: float | None
    uses: dict[str, int]
    violations: int
    weak: list[tuple[str, int, int]]


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """Something for the list of article 35; ``seen``: by whom or what it was noticed."""

    kind: str
    subject: str
    unit_id: str
    at_ms: int
    seen: str
    note: str = ""


def month_span(month: str) -> tuple[int, int]:
    """The first moment of a month and of the next, epoch ms.

    Raises:
        NotTaken: not of the form ``2026-11``.
    """
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if not match:
        raise NotTaken(f"--month {month!r}: write it as 2026-11")
    first = dt.datetime(int(match[1]), int(match[2]), 1, tzinfo=ZONE)
    last = (first + dt.timedelta(days=32)).replace(day=1)
    return round(first.timestamp() * 1000), round(last.timestamp() * 1000)


async def read_span(
    database: Database, from_ms: int, to_ms: int, *, unit_id: str | None = None
) -> Month:
    """Everything that the figures of a span are counted over."""
    span: dict[str, Any] = {"from_ms": from_ms, "to_ms": to_ms, "unit_id": unit_id}
    wide = {**span, "from_ms": from_ms - _MARGIN_MS, "to_ms": to_ms + _MARGIN_MS}
    async with database.transaction() as tx:
        records = await tx.rows("records_spans", **wide | {"unit_id": None})
        stated = await tx.rows("records_all_interruptions", **wide)
        acts = await tx.rows("records_acts", **span)
        uses = await tx.rows("records_uses", **span)
        violations = await tx.rows("records_violations", **span)
        checks = await tx.rows("records_checks", half="", unit_id=unit_id)
    own = [
        r for r in records
        if from_ms <= r["start_ms"] < to_ms and unit_id in {None, r["unit_id"]}
    ]  # fmt: skip
    answered = [c for c in checks if c["answered_ms"] and from_ms <= c["answered_ms"] < to_ms]
    return Month(
        records=own, acts=cover(acts, records, stated), uses=uses, violations=violations,
        sessions={
            session: gaps(
                [r for r in records if r["session_id"] == session],
                [s for s in stated if s["session_id"] == session],
            )
            for session in {r["session_id"] for r in own}
        },
        checks=answered,
    )  # fmt: skip


def by_unit(month: Month) -> list[Line]:
    """A line for each unit that has something, the weakest first."""
    lines = []
    for unit in {str(r["unit_id"]) for r in month.records} | {a.unit_id for a in month.acts}:
        records = [r for r in month.records if r["unit_id"] == unit]
        acts = [a for a in month.acts if a.unit_id == unit]
        reported = sum(v["unit_id"] == unit for v in month.violations)
        answers = [c["answers"] for c in month.checks if c["unit_id"] == unit]
        lines.append(_line(unit, month, records, acts, reported=reported, answers=answers))
    return _ranked(lines)


def by_officer(month: Month) -> list[Line]:
    """A line for each officer who recorded or acted, the weakest first."""
    lines = []
    officers = {o for r in month.records for o in r["officers"] or ()}
    for one in officers | {o for a in month.acts for o in a.officers}:
        records = [r for r in month.records if one in (r["officers"] or ())]
        acts = [a for a in month.acts if one in a.officers]
        ids = {r["record_id"] for r in records} | {a.act_id for a in acts}
        reported = sum({v["record_id"], v["act_id"]} & ids != set() for v in month.violations)
        lines.append(_line(one, month, records, acts, reported=reported))
    return _ranked(lines)


def violations(month: Month) -> list[Violation]:
    """The list of article 35: what was reported, and what the figures show by themselves.

    Acts without a record and late or unapproved imports are seen by themselves; so are grave
    findings, as leads. Leaks are reported, or noticed where views are judged.
    """
    listed = [
        Violation(kind=v["kind"], subject=v["record_id"] or v["act_id"], unit_id=v["unit_id"],
                  at_ms=v["at_ms"], seen=v["reported_by"], note=v["note"])
        for v in month.violations
    ]  # fmt: skip
    listed += [
        Violation(kind="unrecorded", subject=a.act_id, unit_id=a.unit_id, at_ms=a.start_ms,
                  seen="coverage", note=a.fault)
        for a in month.acts if a.fault in {"unrecorded", "broken"}
    ]  # fmt: skip
    listed += [
        Violation(kind="edited", subject=r["record_id"], unit_id=r["unit_id"], at_ms=r["start_ms"],
                  seen="examination", note=" ".join(r["codes"]))
        for r in month.records if edited(r)
    ]  # fmt: skip
    listed += [
        Violation(kind="mis_stored", subject=r["record_id"], unit_id=r["unit_id"],
                  at_ms=r["imported_ms"], seen="import",
                  note=f"late, approved by {r['delay_approved_by']}")
        for r in month.records if r["imported_ms"] > r["due_ms"]
    ]  # fmt: skip
    return sorted(listed, key=lambda v: (v.at_ms, v.subject))


def edited(record: Row) -> bool:
    """Whether something grave was found that may mean an edit."""
    return any(known()[code].edit for code in record["codes"] if code in known())


def _line(
    who: str,
    month: Month,
    records: Sequence[Row],
    acts: Sequence[Covered],
    *,
    reported: int,
    answers: Sequence[dict[str, str]] = (),
) -> Line:
    found = [g for s in sorted({r["session_id"] for r in records}) for g in month.sessions[s]]
    share, ids = rates(acts), {a.act_id for a in acts}
    uses = [u for u in month.uses if u["act_id"] in ids]
    late = sum(r["imported_ms"] > r["due_ms"] for r in records)
    unstated, odd = sum(g.open for g in found), sum(bool(r["codes"]) for r in records)
    faults = [a.fault for a in acts]
    continuous = sum(a.continuous for a in acts)
    weak = [
        ("unrecorded", faults.count("unrecorded"), share.must),
        ("broken", faults.count("broken"), continuous),
        ("partly", faults.count("partly"), share.must),
        ("times", faults.count("times"), len(acts)),
        ("late", late, len(records)),
        ("unstated_gaps", unstated, len(found)),
        ("findings", odd, len(records)),
        ("answers_no", sum("no" in one.values() for one in answers), len(answers)),
    ]
    return Line(
        who=who, records=len(records), late=late, acts=len(acts), missing=share.unrecorded,
        hours=round(sum(r["end_ms"] - r["start_ms"] for r in records) / 3_600_000, 2),
        gaps=len(found), unstated_gaps=unstated, findings=odd, coverage=share.share,
        uses={use: sum(u["use"] == use for u in uses) for use in USES},
        violations=reported, weak=_worst(weak),
    )  # fmt: skip


def _worst(weak: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Those that occurred, by their share, then by how often."""
    there = [one for one in weak if one[1]]
    return sorted(there, key=lambda one: (-one[1] / max(one[2], 1), -one[1], one[0]))


def _ranked(lines: Iterable[Line]) -> list[Line]:
    def weakness(line: Line) -> tuple[float, str]:
        return -sum(n / max(of, 1) for _, n, of in line.weak), line.who

    return sorted(lines, key=weakness)
