"""Owns checking officers' own recordings: their objects, by the leaf from when each came in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.evidence.claims import Gone
from pipelines.evidence.hashing import Digests
from pipelines.evidence.manifest import iso
from pipelines.evidence.report import LetGo, Problem, Report, Wrong
from pipelines.evidence.witness import Witness
from pipelines.store import Database
from pipelines.transparency.leaf import Kind

Row = dict[str, Any]
_REST = "the other recordings; of this one what its leaf in the log says"


async def check_recordings(
    database: Database,
    digests: Digests,
    witness: Witness,
    removed: Mapping[str, Gone],
    report: Report,
) -> None:
    """Hashes every recording and compares rows with leaves (AV-35)."""
    rows = await database.rows("verify_records")
    leaves = {row["subject"]: row for row in await database.rows("verify_record_leaves")}
    sizes = {row["sha256"]: row["size_bytes"] for row in rows if row["sha256"] not in digests}
    await digests.take_sized(sizes)
    for row in rows:
        leaf = leaves.get(row["record_id"])
        if leaf is None and not witness.waits(Kind.RECORD, row["record_id"]):
            report.problems.append(_told(row, Wrong.EXTRA, "no leaf says that it was imported"))
        elif leaf is not None and leaf["body"] is not None and _said(leaf) != row["sha256"]:
            detail = f"leaf {leaf['leaf_index']} says {_said(leaf)}, the row {row['sha256']}"
            report.problems.append(_told(row, Wrong.CHANGED, detail))
        report.problems.extend(_object(row, digests.of(row["sha256"]), removed, report))
    known = {row["record_id"] for row in rows}
    report.problems += [_lost(leaf) for leaf in leaves.values() if leaf["subject"] not in known]


def _object(
    row: Row, now: str | None, removed: Mapping[str, Gone], report: Report
) -> Iterator[Problem]:
    if now == row["sha256"]:
        return
    gone = removed.get(row["sha256"])
    if now is None and gone is not None:
        report.let_go.append(
            LetGo(
                object=f"object {row['sha256']} ({row['name']} of record {row['record_id']})",
                certificate_id=gone.certificate_id,
                at_ms=gone.at_ms,
                basis=gone.basis,
                alert_id="",
            )
        )
    elif now is None:
        yield _told(row, Wrong.MISSING, "its file is gone")
    else:
        yield _told(row, Wrong.CHANGED, f"its bytes now have the digest {now}")


def _said(leaf: Row) -> str:
    try:
        return str(json.loads(bytes(leaf["body"]))["object"]["sha256"])
    except (ValueError, KeyError, TypeError):  # the audit of the log names what befell it
        return ""


def _told(row: Row, wrong: Wrong, detail: str) -> Problem:
    return Problem(
        object=f"object {row['sha256']} ({row['name']} of record {row['record_id']})",
        proves=f"what an officer recorded at {iso(row['start_ms'])}: {row['matter']}",
        wrong=wrong,
        detail=detail,
        provable=_REST,
    )


def _lost(leaf: Row) -> Problem:
    return Problem(
        object=f"record {leaf['subject']}",
        proves=f"an officer's recording that came in at {iso(leaf['at_ms'])}",
        wrong=Wrong.MISSING,
        detail=f"leaf {leaf['leaf_index']} of the log tells of it; its rows are gone",
        provable="that it came in then, with the digest that the leaf's body has",
    )
