"""Owns believing that an object was let go: only by a signed certificate that the log tells of."""

from __future__ import annotations

import json
from typing import Any

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.claims import Gone
from pipelines.evidence.keys import Keys
from pipelines.evidence.report import Problem, Report, Wrong
from pipelines.keeping.certificates import Removed, removed
from pipelines.keeping.certify import FORMAT
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, decode

Row = dict[str, Any]


async def let_go(database: Database, keys: Keys, report: Report) -> dict[str, Gone]:
    """The objects that were let go, by digest; rows that no sound certificate bears are named."""
    claimed = await removed(database)
    if not claimed:
        return {}
    ids = sorted({one.certificate_id for one in claimed.values()})
    rows = await database.rows("verify_certificates", certificates=ids)
    told = await _told(database, [row["item_id"] for row in rows])
    borne: dict[str, set[str]] = {}
    for row in rows:
        why = _unsound(row, keys, told)
        if why:
            report.problems.append(_problem(row["certificate_id"], row["item_id"], why))
        else:
            borne[row["certificate_id"]] = _objects(row)
    for one in claimed.values():
        if one.sha256 not in borne.get(one.certificate_id, set()):
            report.problems.append(_unborne(one))
    return {
        one.sha256: one
        for one in claimed.values()
        if one.sha256 in borne.get(one.certificate_id, set())
    }


async def _told(database: Database, items: list[str]) -> set[str]:
    """The certificates that leaves of deletion tell of, numbered or waiting."""
    pending = await database.rows("verify_pending")
    bodies = [
        leaf.body
        for row in pending
        for leaf in decode(bytes(row["leaves"]))
        if leaf.kind is Kind.DELETION
    ]
    rows = await database.rows("verify_leaves", kinds=[Kind.DELETION], subjects=sorted(set(items)))
    for row in rows:
        try:
            bodies.append(json.loads(bytes(row["body"] or b"{}")))
        except ValueError:
            continue
    return {str(body.get("certificate_sha256", "")) for body in bodies if isinstance(body, dict)}


def _unsound(row: Row, keys: Keys, told: set[str]) -> str:
    data = bytes(row["body"])
    if sha256_hex(data) != row["certificate_id"]:
        return f"its body now has the digest {sha256_hex(data)}"
    if not keys.verify(row["key_id"], data, bytes(row["signature"])):
        return f"the signature by key {row['key_id']} does not hold"
    if json.loads(data).get("format") != FORMAT:  # we sign other things, too
        return "what was signed is no certificate of deletion"
    if row["certificate_id"] not in told:
        return "no leaf of the log tells of it"
    return ""


def _objects(row: Row) -> set[str]:
    said = json.loads(bytes(row["body"]))
    return {entry["sha256"] for entry in said["objects"] if entry["removed"]}


def _problem(certificate_id: str, item_id: str, why: str) -> Problem:
    return Problem(
        object=f"deletion certificate {certificate_id} of {item_id}",
        proves="that its objects were let go by two officers, and why",
        wrong=Wrong.CHANGED,
        detail=why,
        provable="that objects it names are gone; not that they were let go",
    )


def _unborne(one: Removed) -> Problem:
    return Problem(
        object=f"removal of object {one.sha256}",
        proves="that it was let go",
        wrong=Wrong.EXTRA,
        detail=f"certificate {one.certificate_id} does not say so",
        provable="everything else; where the object is gone, it is missing",
    )
