"""Writes down what officers did, why a recording stopped, what it was used for, what went wrong."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.types import digest_id
from pipelines.records.acts import acts
from pipelines.records.gaps import Gap, gaps
from pipelines.records.types import Interrupted, NotTaken
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

EXCUSES = ("", "secrecy", "force_majeure", "weather", "fault")
USES = ("dispute", "file_review", "supervision", "appraisal", "opinion", "decision", "credit")
VIOLATIONS = ("unrecorded", "edited", "lost", "leaked", "mis_stored")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An act as its document tells it, epoch ms.

    Attributes:
        unit_id: the first officer's, if None.
        unrecorded_reason: one of ``EXCUSES``; why it was rightly not recorded (AV-20).
    """

    kind: str
    officers: tuple[str, ...]
    start_ms: int
    end_ms: int
    matter: str
    place: str
    added_by: str
    unit_id: str | None = None
    party_id: str | None = None
    case_id: str | None = None
    unrecorded_reason: str = ""


async def add_act(database: Database, done: Done, *, now_ms: int) -> str:
    """Adds an act and returns its id; twice is once.

    Raises:
        NotTaken: something is unknown or the times are in disorder.
    """
    if done.kind not in acts():
        raise NotTaken(f"no kind of act {done.kind!r}; they are: {', '.join(acts())}")
    if done.end_ms <= done.start_ms:
        raise NotTaken("an act ends after it begins")
    if done.unrecorded_reason not in EXCUSES:
        raise NotTaken(f"unrecorded because: {', '.join(EXCUSES[1:])}")
    parts = (done.kind, *sorted(done.officers), str(done.start_ms), done.party_id or "")
    act_id = digest_id("act", *parts)
    async with database.transaction() as tx:
        units = await officers_units(tx, done.officers)
        if done.party_id and not await tx.row("records_party_known", party_id=done.party_id):
            raise NotTaken(f"no party {done.party_id!r} in the register")
        row = msgspec.to_builtins(done) | {"unit_id": done.unit_id or units[done.officers[0]]}
        row.pop("officers")
        await tx.execute("records_put_act", act_id=act_id, added_ms=now_ms, **row)
        await tx.execute_many(
            "records_put_act_officer",
            [{"act_id": act_id, "officer_id": officer} for officer in done.officers],
        )
    return act_id


async def officers_units(tx: Transaction, officers: tuple[str, ...]) -> dict[str, str]:
    """The units of officers.

    Raises:
        NotTaken: nobody is named, or somebody the register does not know.
    """
    rows = await tx.rows("records_officers_known", officers=list(officers))
    units = {row["officer_id"]: str(row["unit_id"]) for row in rows}
    if unknown := [one for one in officers if one not in units]:
        raise NotTaken(f"no officer {', '.join(map(repr, unknown))} in the register")
    if not officers:
        raise NotTaken("name at least one officer: --officer ID")
    return units


async def session_gaps(database: Database, session_id: str) -> list[Gap]:
    """The interruptions of a session, with what was stated of each."""
    async with database.transaction() as tx:
        records = await tx.rows("records_session", session_id=session_id)
        stated = await tx.rows("records_interruptions", session_id=session_id)
    return gaps(records, stated)


async def state_interruption(
    database: Database,
    session_id: str,
    number: int,
    reason: Interrupted,
    *,
    aloud: bool,
    note: str,
    officer_id: str,
    now_ms: int,
) -> Gap:
    """States why a session was interrupted: its ``number``-th gap, from 1. Once said, it stays.

    Raises:
        NotTaken: there is no such gap or officer, or it is stated already.
    """
    found = await session_gaps(database, session_id)
    if not 1 <= number <= len(found):
        raise NotTaken(f"session {session_id} has {len(found)} gaps")
    gap = found[number - 1]
    if gap.reason:
        raise NotTaken(f"gap {number} of session {session_id} is stated already: {gap.reason}")
    row: dict[str, Any] = {
        "session_id": session_id, "start_ms": gap.start_ms, "end_ms": gap.end_ms,
        "reason": reason.value, "explained_aloud": aloud, "note": note, "stated_by": officer_id,
        "stated_ms": now_ms,
    }  # fmt: skip
    async with database.transaction() as tx:
        await officers_units(tx, (officer_id,))
        await tx.execute("records_interrupt", **row)
        await log(tx, Leaf(kind=Kind.RECORD, subject=session_id, at_ms=now_ms, body=row))
    return msgspec.structs.replace(gap, reason=reason.value, aloud=aloud, note=note)


async def note_use(
    database: Database, act_id: str, use: str, *, note: str, by: str, now_ms: int
) -> None:
    """Notes what the record of an act was needed for (AV-31).

    Raises:
        NotTaken: there is no such act or use.
    """
    if use not in USES:
        raise NotTaken(f"no use {use!r}; they are: {', '.join(USES)}")
    async with database.transaction() as tx:
        if not await tx.row("records_act_known", act_id=act_id):
            raise NotTaken(f"no act {act_id}")
        await tx.execute(
            "records_put_act_use", act_id=act_id, use=use, at_ms=now_ms, note=note, noted_by=by
        )


async def report_violation(
    database: Database,
    kind: str,
    *,
    note: str,
    by: str,
    now_ms: int,
    record_id: str | None = None,
    act_id: str | None = None,
) -> None:
    """Notes a breach of article 35 that somebody reports.

    Raises:
        NotTaken: there is no such kind, record, act or officer, or nothing is named.
    """
    if kind not in VIOLATIONS:
        raise NotTaken(f"no violation {kind!r}; they are: {', '.join(VIOLATIONS)}")
    if (record_id is None) == (act_id is None):
        raise NotTaken("name either a record or an act")
    row = {"record_id": record_id, "act_id": act_id, "kind": kind, "note": note}
    violation_id = digest_id("violation", kind, record_id or "", act_id or "", note)
    async with database.transaction() as tx:
        await officers_units(tx, (by,))
        if record_id and not await tx.row("records_known", record_id=record_id):
            raise NotTaken(f"no record {record_id}")
        if act_id and not await tx.row("records_act_known", act_id=act_id):
            raise NotTaken(f"no act {act_id}")
        await tx.execute(
            "records_put_violation", violation_id=violation_id, reported_by=by, at_ms=now_ms, **row
        )
        subject = record_id or act_id or ""
        body = {**row, "reported_by": by}
        await log(tx, Leaf(kind=Kind.RECORD, subject=subject, at_ms=now_ms, body=body))
