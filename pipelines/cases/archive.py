"""Owns the index of a closed case's file: everything that belongs to it, by digest (OFF-20)."""

from __future__ import annotations

import hashlib

from pipelines.cases.types import Row
from pipelines.evidence.canonical import canonical
from pipelines.store import Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

FORMAT = "vigil-case-index/1"


async def close(tx: Transaction, case: Row, *, at_ms: int) -> str:
    """Writes the index once and logs its digest; returns the digest.

    The evidence itself stays where it is; ``vigil evidence export`` packs it.
    """
    parts = await tx.rows("cases_index_parts", case_id=case["case_id"])
    body = {
        "format": FORMAT,
        "case_id": case["case_id"],
        "alert_id": case["alert_id"],
        "closed_ms": at_ms,
        "parts": [dict(part) for part in parts],
    }
    index = canonical(body)
    digest = hashlib.sha256(index).hexdigest()
    row = {"case_id": case["case_id"], "index_json": index, "index_sha256": digest}
    if await tx.execute("cases_add_archive", **row, at_ms=at_ms):
        await tx.execute("cases_archived", case_id=case["case_id"], index_sha256=digest)
        told = {"case_id": case["case_id"], "index_sha256": digest, "parts": len(parts)}
        await log(tx, Leaf(kind=Kind.CASE, subject=case["case_id"], at_ms=at_ms, body=told))
    return digest
