"""Owns checking the raw messages in the database: by their digests, and by the log's leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipelines.evidence.claims import Gone
from pipelines.evidence.manifest import iso
from pipelines.evidence.report import Problem, Report, Unwitnessed, Wrong
from pipelines.evidence.witness import Witness
from pipelines.store import Database
from pipelines.transparency.leaf import Kind

Row = dict[str, Any]


async def check_messages(
    database: Database, witness: Witness, removed: Mapping[str, Gone], report: Report
) -> None:
    """Checks every raw message. The database hashes them where they lie, as it reads fastest."""
    counted = await database.row("verify_raw_count")
    report.raw_messages += counted["n"] if counted else 0
    changed = await database.rows("verify_raw_changed")
    report.problems += await _changed(database, changed, removed)
    first = await database.row("verify_raw_first_leaf")
    since_ms = first["at_ms"] if first else None
    for row in await database.rows("verify_raw_unlogged"):
        if not witness.waits(Kind.RAW_BATCH, row["sha256"]):
            _unlogged(row, since_ms, report)
    report.problems += [
        _gone(row)
        for row in await database.rows("verify_raw_gone")
        if row["subject"] not in removed
    ]


async def check_messages_of(
    database: Database, digests: Collection[str], removed: Mapping[str, Gone], report: Report
) -> None:
    """Checks the rows of the messages that one alert pinned."""
    rows = await database.rows("verify_raw_of", digests=sorted(digests))
    report.raw_messages += len(rows)
    changed = [row for row in rows if row["found"] != row["sha256"]]
    report.problems += await _changed(database, changed, removed)


async def _changed(
    database: Database, rows: list[Row], removed: Mapping[str, Gone]
) -> list[Problem]:
    rows = [row for row in rows if row["sha256"] not in removed]
    if not rows:
        return []
    named: dict[str, list[str]] = {}
    digests = sorted({row["sha256"] for row in rows})
    for found in await database.rows("verify_naming", digests=digests):
        named.setdefault(found["sha256"], []).append(found["alert_id"])
    return [_raw_changed(row, named.get(row["sha256"], [])) for row in rows]


def _raw_changed(row: Row, alerts: list[str]) -> Problem:
    kept = (
        f"alert(s) {', '.join(alerts)} by the original pinned as object {row['sha256']}"
        if alerts
        else "nothing of this message: no alert pinned it"
    )
    return Problem(
        object=_called(row),
        proves=_proves(row),
        wrong=Wrong.CHANGED,
        detail=f"it arrived with sha256 {row['sha256']} and now has {row['found']}",
        provable=kept,
        alert_id=alerts[0] if alerts else "",
    )


def _unlogged(row: Row, since_ms: int | None, report: Report) -> None:
    """A message without a leaf: put in later, or from before the log."""
    if since_ms is None or row["received_ms"] < since_ms:
        detail = "it came before the log's first leaf of a raw message"
        report.unwitnessed.append(
            Unwitnessed(object=f"{_called(row)} ({row['sha256']})", detail=detail)
        )
        return
    report.problems.append(
        Problem(
            object=_called(row),
            proves=_proves(row),
            wrong=Wrong.EXTRA,
            detail=f"the log has no leaf that a message with sha256 {row['sha256']} came",
            provable="every message with a leaf; not that this one was ever received",
        )
    )


def _gone(row: Row) -> Problem:
    return Problem(
        object=f"raw message with sha256 {row['subject']} in the database",
        proves=f"what came at {iso(row['at_ms'])}, by leaf {row['leaf_index']} of the log",
        wrong=Wrong.MISSING,
        detail=f"leaf {row['leaf_index']} says that it came; no row holds it",
        provable="that a message of that digest came then; its content only where an alert"
        " pinned it",
    )


def _called(row: Row) -> str:
    return f"raw message {row['seq']} of device {row['device_id']} in the database"


def _proves(row: Row) -> str:
    return f"what {row['device_id']} sent for {iso(row['first_ms'])} to {iso(row['last_ms'])}"
