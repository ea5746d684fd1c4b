"""Owns opening a fault file and entering acts into it: one transaction each, chained and logged.

It computes proposals when asked and stores them as entries; it decides nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec

from pipelines.access.policy import Actor
from pipelines.accountability.actors import organising_unit, people, steps
from pipelines.accountability.clocking import clocks_of
from pipelines.accountability.facts import facts_of, subject_of
from pipelines.accountability.findings import Person
from pipelines.accountability.fold import Entry, Standing, broken, fold
from pipelines.accountability.guards import check
from pipelines.accountability.law import item, law
from pipelines.accountability.objections import recorded
from pipelines.accountability.posts import posts
from pipelines.accountability.said import NotSaid, read
from pipelines.accountability.separation import File, NotYours, check_act, opening_unit
from pipelines.accountability.shares import propose
from pipelines.accountability.states import ACTS
from pipelines.clocks.keep import apply
from pipelines.evidence.canonical import canonical
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log


class NoSuchFile(Exception):
    """There is no fault file of this id."""


class NotNow(Exception):
    """The act is not one of the file's present state."""


class Tampered(Exception):
    """The file's entries are no unbroken chain: nothing more is entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a leader opens a file with.

    Attributes:
        about: ``officer`` or ``unit``.
        activity: of ``law().activity`` (art. 2).
        alleged: in words.
        fault: paragraph of art. 12 or 13 that is alleged; empty: not said yet.
    """

    subject_kind: str
    subject_id: str
    about: str
    activity: str
    alleged: str
    fault: str = ""


async def open_file(database: Database, actor: Actor, opening: Opening, *, now_ms: int) -> str:
    """Opens a file and returns its id; everybody on record at the matter is named at once.

    Raises:
        NoSuchSubject: nothing of that name is on record.
        NotSaid, NotYours: it says too little; they may not.
    """
    _check_opening(opening)
    async with database.transaction() as tx:
        subject = await subject_of(tx, opening.subject_kind, opening.subject_id)
        register = await posts(tx)
        above = register.unit_above(subject.unit_id, now_ms)
        unit = opening_unit(actor, about=opening.about, unit_id=subject.unit_id, above=above)
        found = steps(subject, await facts_of(tx, subject), register)
        named = people(found)
        fault_id = secrets.token_hex(16)
        file = File(
            fault_id=fault_id, subject_kind=subject.kind, subject_id=subject.id,
            unit_id=subject.unit_id, deciding_unit=unit, about=opening.about,
            opened_by=actor.officer_id, opened_ms=now_ms,
        )  # fmt: skip
        check_act(file, Standing(people={p.officer_id: p for p in named}), "name", actor)
        await tx.execute(
            "duty_add_fault",
            **{n: getattr(file, n) for n in File.__dataclass_fields__ if n != "above"},
        )
        body = {
            "alleged": opening.alleged.strip(), "activity": opening.activity,
            "fault": opening.fault, "about": opening.about,
            "people": [msgspec.to_builtins(one) for one in named],
            "objections": [msgspec.to_builtins(one) for one in await recorded(tx, subject)],
            "collective_unit": organising_unit(found),
            "facts": sorted({one.fact_id for one in found}),
        }  # fmt: skip
        await _append(tx, file, [], "open", by=actor.officer_id, body=body, now_ms=now_ms)
        await _name(tx, fault_id, [one.officer_id for one in named])
    return fault_id


async def do_act(
    database: Database, actor: Actor, fault_id: str, act: str, body: dict[str, Any], *, now_ms: int
) -> Entry:
    """Enters an act.

    Raises:
        NoSuchFile, NotYours, NotNow, NotSaid, Tampered: it cannot be entered.
    """
    if act not in ACTS:
        raise NotSaid("unknown_act", f"no act {act!r}")
    async with database.transaction() as tx:
        file, entries = await read_file(tx, fault_id, lock=True)
        standing = fold(entries)
        check_act(file, standing, act, actor)
        if standing.state not in ACTS[act].states:
            raise NotNow(f"{act} is not for a file that is {standing.state}")
        if act == "propose":
            body = proposed(standing)
        else:
            said = read(act, body)
            check(file, standing, act, said)
            body = msgspec.to_builtins(said)
        entry = await _append(tx, file, entries, act, by=actor.officer_id, body=body, now_ms=now_ms)
        if act == "name":
            await _name(tx, fault_id, [str(body["officer_id"])])
        await apply(tx, *clocks_of(file, fold([*entries, entry]), entry))
    return entry


async def read_file(
    tx: Transaction | Database, fault_id: str, *, lock: bool = False
) -> tuple[File, list[Entry]]:
    """A file's head and its entries, in order.

    Raises:
        NoSuchFile: there is none.
        Tampered: the entries are no unbroken chain.
    """
    row = await tx.row("duty_fault_lock" if lock else "duty_fault", fault_id=fault_id)
    if row is None:
        raise NoSuchFile(fault_id)
    entries = [
        Entry(**(one | {"body": msgspec.json.decode(bytes(one["body"]))}))
        for one in await tx.rows("duty_fault_entries", fault_id=fault_id)
    ]
    if place := broken(entries):
        raise Tampered(f"fault file {fault_id}: entry {place} does not follow from the one before")
    above = (await posts(tx)).unit_above(row["deciding_unit"], row["opened_ms"]) or ""
    return File(**row, above=above), entries


def proposed(standing: Standing) -> dict[str, Any]:
    """The proposal as it is entered: art. 6, 10 and 11 over what was recorded, and the grounds.

    Raises:
        NotSaid: what was recorded contradicts itself.
    """
    try:
        found = propose(
            list(standing.people.values()), list(standing.findings.values()),
            elements=standing.elements, objections=standing.objections,
            collective_unit=standing.collective_unit,
        )  # fmt: skip
    except ValueError as error:
        raise NotSaid("contradiction", str(error)) from error
    body: dict[str, Any] = msgspec.to_builtins(found)
    plain = msgspec.json.decode(msgspec.json.encode(body), type=dict[str, Any])
    return plain | {"elements": msgspec.to_builtins(standing.elements), "fault": standing.fault,
                    "grounds": standing.shown}  # fmt: skip


async def _append(
    tx: Transaction, file: File, entries: list[Entry], act: str, *, by: str, body: dict[str, Any],
    now_ms: int,
) -> Entry:  # fmt: skip
    plain = msgspec.json.decode(canonical(body), type=dict[str, Any])
    entry = Entry(
        entry_id=secrets.token_hex(16), number=len(entries) + 1, act=act, by_officer=by,
        at_ms=max(now_ms, entries[-1].at_ms if entries else 0), body=plain,
        former_sha256=entries[-1].sha256 if entries else "",
    )  # fmt: skip
    stored = msgspec.structs.asdict(entry) | {"body": canonical(plain), "fault_id": file.fault_id}
    await tx.execute("duty_add_fault_entry", **stored)
    told = {"act": act, "by": by, "number": entry.number, "entry_sha256": entry.sha256}
    await log(tx, Leaf(kind=Kind.DUTY, subject=file.fault_id, at_ms=entry.at_ms, body=told))
    return entry


async def _name(tx: Transaction, fault_id: str, officers: list[str]) -> None:
    known = {row["id"] for row in await tx.rows("duty_known_officers", ids=officers)}
    if missing := sorted(set(officers) - known):
        raise NotSaid("unknown_officer", f"the register has no officer {', '.join(missing)}")
    rows = [{"fault_id": fault_id, "officer_id": who} for who in officers]
    await tx.execute_many("duty_name_in_fault", rows)


def _check_opening(opening: Opening) -> None:
    if opening.about not in ("officer", "unit"):
        raise NotSaid("incomplete", "say whether it is about an officer or a unit")
    if item(law().activity, opening.activity) is None:
        raise NotSaid("unknown_code", f"art. 2 has no activity {opening.activity!r}")
    if opening.fault and item(law().fault, opening.fault) is None:
        raise NotSaid("unknown_code", f"no paragraph {opening.fault!r} in art. 12 or 13")
    if not opening.alleged.strip() or len(opening.alleged) > 4000:  # noqa: PLR2004
        raise NotSaid("incomplete", "say in words what is alleged")


__all__ = ["File", "NoSuchFile", "NotNow", "NotSaid", "NotYours", "Opening", "Person", "Tampered"]
