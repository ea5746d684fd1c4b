"""Owns checking what officers did with evidence: signed reviews and exports, by the log's leaves.

A review or an export commits together with its leaf. Rows are read before the leaves and after, so
that what is done meanwhile is missed by nobody.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.report import Problem, Report, Wrong
from pipelines.evidence.seal import evidence_id
from pipelines.quality.review import verified
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, decode

Row = dict[str, Any]
_SIGNED = ("review_id", "evidence_id", "alert_id", "manifest_sha256", "kind", "officer_id", "at_ms",
           "passed")  # fmt: skip
_EXPORTED = ("alert_id", "maker", "extractor", "approved_by", "reason", "at_ms", "sums_sha256")


async def check_acts(
    database: Database, keys: Keys, alerts: Sequence[str] | None, report: Report
) -> None:
    """Holds every review and export, or those of some alerts, against signature and leaf."""
    reviews = await database.rows("verify_reviews", alerts=alerts)
    exports = await database.rows("verify_exports", alerts=alerts)
    told = await _Told.read(database, alerts)
    for row in reviews:
        report.problems += _review(row, keys, told)
    for row in exports:
        report.problems += _export(row, told)
    reviewed = {row["review_id"] for row in await database.rows("verify_reviews", alerts=alerts)}
    exported = {row["export_id"] for row in await database.rows("verify_exports", alerts=alerts)}
    report.problems += _lost("review", told.reviews, reviewed)
    report.problems += _lost("export", told.exports, exported)


class _Told:
    """The bodies of the log's leaves of reviews and exports, by id; the evidence of erased ones."""

    def __init__(self) -> None:
        self.reviews: dict[str, Row] = {}
        self.exports: dict[str, Row] = {}
        self.erased: set[str] = set()

    @classmethod
    async def read(cls, database: Database, alerts: Sequence[str] | None) -> _Told:
        found = cls()
        subjects = None if alerts is None else [evidence_id(alert_id) for alert_id in alerts]
        for row in await database.rows("verify_pending"):
            for leaf in decode(bytes(row["leaves"])):
                if subjects is None or leaf.subject in subjects:
                    found._take(str(leaf.kind), leaf.body)
        for row in await database.rows("verify_act_leaves", subjects=subjects):
            if row["body"] is None:
                found.erased.add(row["subject"])
                continue
            try:
                found._take(row["kind"], json.loads(bytes(row["body"])))
            except ValueError:  # the audit of the log names what befell it
                continue
        return found

    def _take(self, kind: str, body: Any) -> None:
        if kind == Kind.REVIEW and "statement_sha256" in body:  # a spot check has none
            self.reviews[body["review_id"]] = body
        elif kind == Kind.EXPORT:
            self.exports[body["export_id"]] = body


def _review(row: Row, keys: Keys, told: _Told) -> Iterator[Problem]:
    statement = bytes(row["statement"])
    try:
        said = verified(statement, bytes(row["signature"]), keys.public_pem(row["key_id"]))
    except KeyError:
        yield _wrong("review", row, Wrong.BAD_SIGNATURE, f"key {row['key_id']} is not ours")
        return
    except ValueError as error:
        yield _wrong("review", row, Wrong.BAD_SIGNATURE, str(error))
        return
    differs = [name for name in _SIGNED if getattr(said, name) != row[name]]
    if differs:
        yield _wrong("review", row, Wrong.CHANGED, f"not as signed: {', '.join(differs)}")
    body = told.reviews.get(row["review_id"])
    if body is None and row["evidence_id"] not in told.erased:
        yield _wrong("review", row, Wrong.EXTRA, "no leaf of the log tells of it")
    elif body is not None and body["statement_sha256"] != sha256_hex(statement):
        yield _wrong("review", row, Wrong.CHANGED, "its leaf is of another statement")


def _export(row: Row, told: _Told) -> Iterator[Problem]:
    body = told.exports.get(row["export_id"])
    if body is None:
        yield _wrong("export", row, Wrong.EXTRA, "no leaf of the log tells of it")
        return
    differs = [name for name in _EXPORTED if body.get(name) != row[name]]
    if differs:
        yield _wrong("export", row, Wrong.CHANGED, f"not as logged: {', '.join(differs)}")


def _wrong(what: str, row: Row, wrong: Wrong, detail: str) -> Problem:
    return Problem(
        object=f"{what} {row[f'{what}_id']}",
        proves=f"a {what} of the evidence of alert {row['alert_id']}",
        wrong=wrong,
        detail=detail,
        provable="the evidence itself, by its seal",
        alert_id=row["alert_id"],
    )


def _lost(what: str, told: dict[str, Row], known: Collection[str]) -> Iterator[Problem]:
    for called, body in told.items():
        if called not in known:
            row = {f"{what}_id": called, "alert_id": str(body.get("alert_id", ""))}
            yield _wrong(what, row, Wrong.MISSING, "a leaf of the log tells of it; its row is gone")
