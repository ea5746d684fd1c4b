"""Owns ``vigil registry import`` and ``export``: sheets into the register, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.registry.fill import read_entries, written
from pipelines.registry.judge import Change, Plan, judge
from pipelines.registry.read import read_register
from pipelines.registry.sheets import BOOK, Fault, read_sheets, write_book, write_folder
from pipelines.registry.tables import SHEETS
from pipelines.registry.write import put_rows
from pipelines.runtime import apply_effects
from pipelines.scoring.credit import opening_rows
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

PAPERS = "documents"


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or, with faults, why it did nothing.

    Attributes:
        version: the register's afterwards; 0 where nothing was written.
    """

    faults: tuple[Fault, ...] = ()
    added: int = 0
    changed: int = 0
    same: int = 0
    version: int = 0


class _Undo(Exception):
    """Rolls back what was only tried."""


async def bring_in(
    database: Database,
    paths: Sequence[Path],
    *,
    who: str,
    now_ms: int,
    correct: bool = False,
    check: bool = False,
) -> Brought:
    """Takes sheets into the register.

    Args:
        who: stands beside every change of what was on record.
        correct: lets past facts be changed.
        check: tries it on the database and takes it back.
    """
    sheets, faults = read_sheets(paths)
    filled = read_entries(sheets)
    try:
        async with database.transaction() as tx:
            await tx.row("registry_hold")  # one import at a time
            plan, against = judge(filled, await read_register(tx), correct=correct)
            if found := [*faults, *against]:
                return Brought(faults=tuple(sorted(found, key=lambda f: (f.sheet, f.row))))
            version = await _write(tx, plan, who, now_ms)
            _keep(check=check)
    except _Undo:
        version = 0
    return Brought(
        added=sum(len(rows) for rows in plan.added.values()), changed=len(plan.changes),
        same=plan.same, version=version,
    )  # fmt: skip


def _keep(*, check: bool) -> None:
    if check:
        raise _Undo


async def take_out(database: Database, target: Path) -> int:
    """Writes the register to a folder of CSV or a workbook and returns how many rows it has."""
    async with database.transaction() as tx:
        await tx.execute("registry_consistent")
        register = await read_register(tx)
    sheets = written(register)
    if target.suffix.lower() == BOOK:
        write_book(target, sheets)
    else:
        write_folder(target, sheets)
    return sum(len(rows) - 2 for rows in sheets.values())


async def _write(tx: Transaction, plan: Plan, who: str, now_ms: int) -> int:
    rows = plan.rows()
    if not rows:
        row = await tx.row("registry_version")
        return int(row["version"]) if row else 0
    await put_rows(tx, rows)
    bumped = await tx.row("registry_bump")
    version = int(bumped["version"]) if bumped else 0
    await tx.execute_many(
        "registry_changed",
        [
            {"version": version, "at_ms": now_ms, "who": who, **_record(change)}
            for change in plan.changes
        ],
    )
    if leaves := _leaves(plan, version, who, now_ms):
        await log(tx, *leaves)
    new = [str(SHEETS["parties"].key_of(party)[0]) for party in plan.added["parties"]]
    await apply_effects(tx, opening_rows(new, now_ms), now_ms=now_ms)  # credit begins here
    return version


def _leaves(plan: Plan, version: int, who: str, now_ms: int) -> list[Leaf]:
    """A leaf for each paper that is new or says something else: since when it was on file."""
    changed = [change for change in plan.changes if change.table == PAPERS]
    told = [(row, "added") for row in plan.added[PAPERS]]
    told += [(one.after, "corrected" if one.corrects else "changed") for one in changed]
    leaves = []
    for row, how in told:
        paper = msgspec.to_builtins(row)
        body = {"what": how, "version": version, "by": who, "device_id": paper["device_id"]}
        body["sha256"] = sha256_hex(canonical(paper))
        leaves.append(
            Leaf(kind=Kind.REGISTER, subject=paper["document_id"], at_ms=now_ms, body=body)
        )
    return leaves


def _record(change: Change) -> dict[str, object]:
    return {
        "table_name": change.table,
        "row_key": "/".join(str(part) for part in change.key),
        "corrects": change.corrects,
        "before": msgspec.to_builtins(change.before),
        "after": msgspec.to_builtins(change.after),
    }
