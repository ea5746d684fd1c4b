"""Owns what is kept as the database has it: items with their claims, objects and who is concerned.

Must not judge: ``due`` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.keeping.due import Claim, Item, Stay
from pipelines.keeping.policies import Kind, Policies
from pipelines.store import Transaction
from pipelines.store.database import Row

FORGOTTEN_MONTHLY = ("view", "request", "approval")
"""Kinds of leaves that are the log of access."""

AUTHORITY = "authority"
"""The unit that stands for the whole authority."""

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One item.

    Attributes:
        unit_id: whose it is; the log of access is the whole authority's.
        objects: role, name, sha256, sm3 and size_bytes of each.
        facts: what a hold or mark may name it by: ``("party", id)`` and so on.
        leaves: indices of the leaves that the item is made of (access log only).
        subjects: what leaves about it are about.
        manifest_sha256: of sealed evidence, else empty.
        about: for people: rule, matter or month.
    """

    item: Item
    unit_id: str
    objects: tuple[dict[str, Any], ...] = ()
    facts: frozenset[Fact]
    leaves: tuple[int, ...] = ()
    subjects: tuple[str, ...] = ()
    manifest_sha256: str = ""
    about: str = ""

    @property
    def digests(self) -> list[str]:
        """Each object's digest once, in order."""
        return sorted({entry["sha256"] for entry in self.objects})

    def stays(self, standing: Sequence[Row]) -> list[Stay]:
        """Those of the holds and marks that are on this item."""
        on = [row for row in standing if (row["target_kind"], row["target_id"]) in self.facts]
        return [Stay(code=row["code"]) for row in on]


async def everything(tx: Transaction, policies: Policies) -> AsyncIterator[Kept]:
    """All that is kept and not let go yet, page by page."""
    for statement, key, made in (
        ("keeping_evidence", "evidence_id", _evidence),
        ("keeping_records", "record_id", _record),
    ):
        async for kept in _pages(tx, statement, key, made):
            yield kept
    for kept in await _access(tx, policies, None):
        yield kept


async def one(tx: Transaction, policies: Policies, kind: Kind, item_id: str) -> Kept | None:
    """One item as it is now; None where there is none, or where it was let go."""
    if kind == "access":
        return next(iter(await _access(tx, policies, item_id)), None)
    statement = "keeping_evidence" if kind == "evidence" else "keeping_records"
    row = await tx.row(statement, after="", item_id=item_id)
    made = _evidence if kind == "evidence" else _record
    return made(row) if row else None


async def _pages(
    tx: Transaction, statement: str, key: str, made: Callable[[Row], Kept]
) -> AsyncIterator[Kept]:
    after = ""
    while rows := await tx.rows(statement, after=after, item_id=None):
        for row in rows:
            yield made(row)
        after = rows[-1][key]


def _evidence(row: Row) -> Kept:
    objects = tuple(row["objects"])
    facts = {
        ("alert", row["alert_id"]),
        ("party", row["party_id"]),
        ("site", row["site_id"]),
        *_case_fact(row),
        *(("object", entry["sha256"]) for entry in objects),
    }
    return Kept(
        item=Item(kind="evidence", item_id=row["evidence_id"], claims=tuple(_of_alert(row))),
        unit_id=row["unit_id"],
        objects=objects,
        facts=frozenset(facts),
        subjects=(row["evidence_id"], row["alert_id"]),
        manifest_sha256=row["manifest_sha256"],
        about=row["rule_id"],
    )


def _of_alert(row: Row) -> Iterable[Claim]:
    if row["staged"]:
        yield Claim(policy="trial_evidence", from_ms=row["sealed_at_ms"])
    elif row["case_id"] is not None and row["case_state"] != "refused":
        yield _of_file(row)
    elif row["state"] == "dismissed":
        yield Claim(policy="dismissed_evidence", from_ms=row["verdict_ms"])
    else:  # where nobody has decided yet its time has not begun
        decided = row["verdict_ms"] if row["state"] == "confirmed" else None
        yield Claim(policy="evidence_without_case", from_ms=decided)


def _of_file(row: Row) -> Claim:
    return Claim(
        policy="case_evidence",
        from_ms=row["decided_ms"],
        until_ms=row["file_until_ms"],
        for_good=row["filed"] and row["file_until_ms"] is None,
    )


def _record(row: Row) -> Kept:
    claims = [Claim(policy="officers_record", from_ms=row["end_ms"])]
    if row["case_id"]:
        claims.append(_of_file(row))
    objects = tuple(row["objects"])
    facts = {("record", row["record_id"]), *_case_fact(row)}
    facts |= {("party", row["party_id"])} if row["party_id"] else set()
    facts |= {("object", entry["sha256"]) for entry in objects}
    return Kept(
        item=Item(kind="record", item_id=row["record_id"], claims=tuple(claims)),
        unit_id=row["unit_id"],
        objects=objects,
        facts=frozenset(facts),
        subjects=(row["record_id"],),
        about=row["matter"],
    )


def _case_fact(row: Row) -> list[Fact]:
    return [("case", row["case_id"])] if row["case_id"] else []


async def _access(tx: Transaction, policies: Policies, month: str | None) -> list[Kept]:
    rows = await tx.rows(
        "keeping_access", kinds=list(FORGOTTEN_MONTHLY), zone=policies.zone, item_id=month
    )
    return [_month(row) for row in rows]


def _month(row: Row) -> Kept:
    facts: set[Fact] = set()
    for subject, *around in row["subjects"]:
        facts |= {(kind, subject) for kind in ("alert", "record", "case", "object")}
        facts |= {(k, v) for k, v in zip(("party", "site", "case"), around, strict=True) if v}
    claim = Claim(policy="access_log", from_ms=row["end_ms"])
    return Kept(
        item=Item(kind="access", item_id=row["month"], claims=(claim,)),
        unit_id=AUTHORITY,
        facts=frozenset(facts),
        leaves=tuple(row["leaf_indices"]),
        about=row["month"],
    )
