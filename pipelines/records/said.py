"""Checks what is said of a recording against the register, and when the recording began."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.footage.examine import Examination
from pipelines.records.acts import acts
from pipelines.records.checklist import BadChecklist, checked
from pipelines.records.origin import created_ms
from pipelines.records.types import NotTaken, Statement
from pipelines.records.working_days import ZONE, day_of
from pipelines.store import Transaction
from pipelines.store.database import Row

NEAR_FUTURE_MS = 5 * 60_000
"""So far may a device's clock be ahead."""
RECORDING_KINDS = frozenset({"recorder", "camera"})


async def check_said(tx: Transaction, said: Statement) -> Statement:
    """The same statement with the unit filled in.

    Raises:
        NotTaken: everything that is wrong with it, a line each.
    """
    wrong = _wrong_words(said)
    asked = [*said.officers, said.imported_by, *_leader(said)]
    rows = await tx.rows("records_officers_known", officers=sorted(set(asked)))
    units = {row["officer_id"]: row["unit_id"] for row in rows}
    unknown = sorted({one for one in asked if one not in units})
    wrong += [f"no officer {one!r} in the register" for one in unknown]
    device = await tx.row("records_device_known", device_id=said.device_id)
    if device is None or device["kind"] not in RECORDING_KINDS:
        wrong.append(
            f"no recorder {said.device_id!r} in the register; add it: vigil records device add"
        )
    if said.party_id and not await tx.row("records_party_known", party_id=said.party_id):
        wrong.append(f"no party {said.party_id!r} in the register; leave --party out or add it")
    unit_id = said.unit_id or units.get(said.officers[0] if said.officers else "", "")
    if unit_id and not await tx.row("records_unit_known", unit_id=unit_id):
        wrong.append(f"no unit {unit_id!r} in the register")
    if not wrong:
        wrong = _not_allowed(said, unit_id, rows)
    if wrong:
        raise NotTaken("\n".join(wrong))
    answers = checked(said.answers)
    if not said.off_office:
        answers.setdefault("landmark", "n/a")
    return msgspec.structs.replace(said, unit_id=unit_id, answers=answers)


def begins(path: Path, seen: Examination, said: Statement, number: int) -> tuple[int, int | None]:
    """When a file begins, and what the importer claimed of it, epoch ms; None: nothing.

    Raises:
        NotTaken: neither the file nor the importer says when, or the day cannot be read.
    """
    if said.start_ms:
        return said.start_ms[number], said.start_ms[number]
    made = created_ms(seen)
    if made is None:
        raise NotTaken(f"{path} does not say when it was made; give --start-ms, one a file")
    if not said.day:
        return made, None
    try:
        day = dt.date.fromisoformat(said.day)
    except ValueError as error:
        raise NotTaken(f"--date {said.day!r}: write it as 2026-11-20") from error
    if day_of(made) == day:
        return made, made
    moment = dt.datetime.fromtimestamp(made / 1000, ZONE)
    claimed = round(moment.replace(year=day.year, month=day.month, day=day.day).timestamp() * 1000)
    return claimed, claimed


def _wrong_words(said: Statement) -> list[str]:
    wrong = []
    if not said.officers:
        wrong.append("name at least one officer: --officer ID")
    if len(set(said.officers)) < len(said.officers):
        wrong.append("an officer is named twice")
    wrong += [
        f"--{name} is empty"
        for name, text in (("matter", said.matter), ("place", said.place))
        if not text.strip()
    ]
    if said.act not in acts():
        wrong.append(f"no kind of act {said.act!r}; they are: {', '.join(acts())}")
    try:
        checked(said.answers)
    except BadChecklist as error:
        wrong.append(str(error))
    if said.delay is not None and not said.delay.reason.strip():
        wrong.append("a delay is approved with a reason: --delay-reason TEXT")
    return wrong


def _leader(said: Statement) -> list[str]:
    return [said.delay.approved_by] if said.delay else []


def _not_allowed(said: Statement, unit_id: str, rows: list[Row]) -> list[str]:
    """What the policy forbids: importing for others, approving a delay of one's own."""
    target = Target(kind="record", id="", unit_id=unit_id, owners=frozenset(said.officers))
    wrong, who = [], {row["officer_id"]: Actor(**row) for row in rows}
    if not decide(who[said.imported_by], Action.IMPORT_RECORD, target).allowed:
        wrong.append(f"{said.imported_by} neither made this recording nor keeps the archive")
    wrong += [
        f"{leader} may not approve the delay: a leader of unit {unit_id} does, not of a recording "
        "of their own"
        for leader in _leader(said)
        if not decide(who[leader], Action.APPROVE_DELAY, target).allowed
    ]
    return wrong
