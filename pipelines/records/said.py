"""Checks what is said of a recording against the register, and when the recording began."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from pipelines.footage.examine import Examination
from pipelines.records.acts import acts
from pipelines.records.checklist import BadChecklist, checked
from pipelines.records.origin import created_ms
from pipelines.records.types import NotTaken, Statement
from pipelines.records.working_days import ZONE, day_of
from pipelines.store import Transaction

NEAR_FUTURE_MS = 5 * 60_000
"""So far may a device's clock be ahead."""
RECORDING_KINDS = frozenset({"recorder", "camera"})


async def check_said(tx: Transaction, said: Statement) -> Statement:
    """The same statement with the unit filled in.

    Raises:
        NotTaken: everything that is wrong with it, a line each.
    """
    wrong = _wrong_words(said)
    asked = [*said.officers, *([said.delay.approved_by] if said.delay else [])]
    rows = await tx.rows("records_officers_known", officers=sorted(set(asked)))
    roles = {row["officer_id"]: row["role"] for row in rows}
    wrong += [f"no officer {one!r} in the register" for one in asked if one not in roles]
    if said.delay is not None:
        wrong += _wrong_approval(said, roles)
    device = await tx.row("records_device_known", device_id=said.device_id)
    if device is None or device["kind"] not in RECORDING_KINDS:
        wrong.append(
            f"no recorder {said.device_id!r} in the register; add it: vigil records device add"
        )
    if said.party_id and not await tx.row("records_party_known", party_id=said.party_id):
        wrong.append(f"no party {said.party_id!r} in the register; leave --party out or add it")
    units = {row["officer_id"]: row["unit_id"] for row in rows}
    unit_id = said.unit_id or units.get(said.officers[0] if said.officers else "", "")
    if unit_id and not await tx.row("records_unit_known", unit_id=unit_id):
        wrong.append(f"no unit {unit_id!r} in the register")
    if wrong:
        raise NotTaken("\n".join(wrong))
    return msgspec.structs.replace(said, unit_id=unit_id, answers=checked(said.answers))


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
    return wrong


def _wrong_approval(said: Statement, roles: dict[str, str]) -> list[str]:
    if said.delay is None:
        return []
    wrong, leader = [], said.delay.approved_by
    if leader in roles and roles[leader] != "leader":
        wrong.append(f"{leader} is no leader: only a leader approves a delay")
    if leader in said.officers:
        wrong.append(f"{leader} recorded this: another leader must approve the delay")
    if not said.delay.reason.strip():
        wrong.append("a delay is approved with a reason: --delay-reason TEXT")
    return wrong
