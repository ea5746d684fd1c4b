"""Owns the recorders of the units: what there is, who has it, whether it is fit.

The device itself stands in the register (kind ``recorder``), so that sheets and findings know it.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from detectors.types import digest_id
from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.records.diary import officers_units
from pipelines.records.types import NotTaken
from pipelines.registry.kinds import ALWAYS_WANTED, CAPABILITIES
from pipelines.store import Database, Transaction
from pipelines.store.database import Row

DAY_MS = 86_400_000


class Taxon(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of recording device; ``both``: it records picture and sound together."""

    code: str
    zh: str
    en: str
    both: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """See ``equipment.toml``."""

    devices_per_officer: float
    clock_offset_ms: int
    recheck_days: int


class Recorder(msgspec.Struct, frozen=True, kw_only=True):
    """A device to add.

    Attributes:
        purpose: what law enforcement needs it for; without one it may not be kept (AV-1 to 3).
        capabilities: of ``registry.kinds.CAPABILITIES``.
        room_id: an inquiry or hearing room that it stands in.
    """

    device_id: str
    unit_id: str
    taxon: str
    model: str
    purpose: str
    standard: str = ""
    custodian: str = ""
    capabilities: tuple[str, ...] = ()
    room_id: str | None = None


class Happened(StrEnum):
    """What happens to a device."""

    ISSUE = "issue"
    RETURN = "return"
    CHECK = "check"


@cache
def taxa() -> dict[str, Taxon]:
    """Every kind of device by its code."""
    return {t.code: t for t in msgspec.convert(_data()["taxon"], tuple[Taxon, ...])}


@cache
def limits() -> Limits:
    """What is wanted of a unit's equipment."""
    return msgspec.convert(_data()["limits"], Limits)


async def add(database: Database, one: Recorder, *, now_ms: int) -> None:
    """Adds a recorder; it is in the register from now on.

    Raises:
        NotTaken: everything that is wrong with it, a line each.
    """
    wrong = [f"no capability {c!r}; they are: {', '.join(CAPABILITIES)}"
             for c in one.capabilities if c not in CAPABILITIES]  # fmt: skip
    if one.taxon not in taxa():
        wrong.append(f"no kind of device {one.taxon!r}; they are: {', '.join(taxa())}")
    if not one.purpose.strip():
        wrong.append("--purpose is empty: devices that enforcement does not need may not be kept")
    async with database.transaction() as tx:
        if not await tx.row("records_unit_known", unit_id=one.unit_id):
            wrong.append(f"no unit {one.unit_id!r}")
        if one.room_id and not await tx.row("records_room_known", room_id=one.room_id):
            wrong.append(f"no room {one.room_id!r}; add it: vigil records device room")
        if wrong:
            raise NotTaken("\n".join(wrong))
        row = msgspec.to_builtins(one)
        new = await tx.execute(
            "records_add_device", now_ms=now_ms,
            **{k: row[k] for k in ("device_id", "model", "standard", "custodian", "capabilities")},
        )  # fmt: skip
        known = await tx.row("records_device_known", device_id=one.device_id)
        if known is None or known["kind"] != "recorder":
            raise NotTaken(f"{one.device_id} is a {known and known['kind']} in the register")
        await tx.execute(
            "records_add_recorder",
            **{k: row[k] for k in ("device_id", "unit_id", "taxon", "purpose", "room_id")},
        )
        if new:
            await tx.execute("registry_bump")


async def note(
    database: Database,
    happened: Happened,
    device_id: str,
    *,
    officer: str,
    by: str,
    at_ms: int,
    clock_offset_ms: int | None = None,
    works: bool = True,
    words: str = "",
) -> list[str]:
    """Issues, takes back or checks a device; returns what is wrong with it now.

    Args:
        officer: who takes it, brings it or checks it; ``by``: who gives or receives it.
        clock_offset_ms: the device's clock less the true time, wanted at return and check (AV-10).

    Raises:
        NotTaken: the device is not there to be issued, or was not issued to whom brings it.
    """
    if happened is not Happened.ISSUE and clock_offset_ms is None:
        raise NotTaken("compare its clock: --clock-offset-ms N, the device's time less the true")
    async with database.transaction() as tx:
        await officers_units(tx, (officer, by))
        known = await tx.row("records_recorder_known", device_id=device_id)
        if known is None:
            raise NotTaken(f"no recorder {device_id!r}; add it: vigil records device add")
        _check_order(happened, known, officer)
        if happened is not Happened.CHECK:
            await _check_giver(tx, by, str(known["unit_id"]))
        event = {"device_id": device_id, "kind": happened.value, "officer_id": officer,
                 "by_officer": by, "at_ms": at_ms, "clock_offset_ms": clock_offset_ms,
                 "works": works, "note": words}  # fmt: skip
        event_id = digest_id("recorder", device_id, happened.value, officer, str(at_ms))
        await tx.execute("records_put_event", event_id=event_id, **event)
        if happened is Happened.ISSUE:  # who uses it, keeps it and answers for it (AV-8)
            await tx.execute("records_custodian", device_id=device_id, custodian=officer)
    return unfit({**event, "checked_ms": at_ms, "capabilities": list(ALWAYS_WANTED)}, at_ms)


def unfit(row: Row, now_ms: int) -> list[str]:
    """What is wrong with a recorder: ``lacks:X``, ``clock``, ``broken``, ``unchecked``."""
    wrong = [f"lacks:{one}" for one in ALWAYS_WANTED if one not in (row["capabilities"] or ())]
    offset = row["clock_offset_ms"]
    if offset is not None and abs(offset) > limits().clock_offset_ms:
        wrong.append("clock")
    if row["works"] is False:
        wrong.append("broken")
    checked = row["checked_ms"]
    if checked is None or now_ms - checked > limits().recheck_days * DAY_MS:
        wrong.append("unchecked")
    return wrong


async def equipped(database: Database, *, now_ms: int) -> dict[str, list[Row]]:
    """Units with officers, devices and ratio; rooms; archivists with their letters."""
    both = [taxon.code for taxon in taxa().values() if taxon.both]
    async with database.transaction() as tx:
        units = await tx.rows("records_units_equipped", now_ms=now_ms, both=both)
        rooms = await tx.rows("records_rooms", now_ms=now_ms, both=both)
        letters = await tx.rows("records_letters", now_ms=now_ms)
    for unit in units:
        wanted = unit["officers"] * limits().devices_per_officer
        unit["short"] = max(0, round(wanted) - unit["recorders"])
    return {"units": units, "rooms": rooms, "letters": letters}


def _check_order(happened: Happened, known: Row, officer: str) -> None:
    device_id, out = known["device_id"], known["last_event"] == Happened.ISSUE.value
    if happened is Happened.ISSUE and out:
        raise NotTaken(f"{device_id} is with {known['last_officer']}: it must be returned first")
    if happened is Happened.RETURN and not out:
        raise NotTaken(f"{device_id} is not issued to anybody")
    if happened is Happened.RETURN and known["last_officer"] != officer:
        raise NotTaken(f"{device_id} was issued to {known['last_officer']}, not to {officer}")


async def _check_giver(tx: Transaction, by: str, unit_id: str) -> None:
    rows = await tx.rows("records_officers_known", officers=[by])
    target = Target(kind="unit", id=unit_id, unit_id=unit_id)
    if not decide(Actor(**rows[0]), Action.ISSUE_EQUIPMENT, target).allowed:
        raise NotTaken(f"{by} may not give out devices: an archivist of unit {unit_id} does")


@cache
def _data() -> dict[str, Any]:
    path = Path(__file__).parent / "equipment.toml"
    return tomllib.loads(path.read_text("utf-8"))
