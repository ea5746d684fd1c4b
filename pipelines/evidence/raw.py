"""Owns pinning what a sensor sent: its original messages, and a readable table made of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.evidence.canonical import number
from pipelines.evidence.manifest import Finding, SealedObject, iso
from pipelines.vault.types import Stored, Vault

Row = dict[str, Any]
ARRIVAL = 16  # hex digits of the digest taken on arrival in a message's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What shows a sensor's alert.

    Attributes:
        batches: rows of ``raw_batches``, any order.
        total: how many there are in the span, pinned or not.
        values: rows ``time_ms, value, flag`` in order of time.
    """

    batches: Sequence[Row]
    total: int
    values: Sequence[Row]


def pin(objects: Vault, alert: Row, readings: Readings) -> tuple[list[SealedObject], list[Finding]]:
    """Stores the messages and the table. Blocks.

    A message whose bytes are no longer those that arrived is pinned as it is now, and said so.

    Raises:
        OSError, ObjectChanged: see ``Vault.put``.
    """
    pinned, findings = [], []
    for batch in sorted(readings.batches, key=lambda b: (int(b["seq"]), str(b["sha256"]))):
        original = bytes(batch["original"])
        stored = objects.put(original)
        pinned.append(_raw_object(batch, original, stored))
        if stored.sha256 != batch["sha256"]:
            findings.append(_mismatch(alert, batch, stored.sha256))
    left = readings.total - len(readings.batches)
    if left > 0:
        detail = f"the oldest {left} of {readings.total} messages in the span are not pinned"
        findings.append(Finding(kind="raw_omitted", subject=alert["device_id"], detail=detail))
    if not readings.values and not pinned:
        detail = "neither messages nor readings are stored for the span"
        findings.append(Finding(kind="no_readings", subject=alert["device_id"], detail=detail))
    if readings.values:
        pinned.append(_table_object(objects, alert, readings.values, [o.name for o in pinned]))
    return pinned, findings


def table(alert: Row, values: Sequence[Row]) -> bytes:
    """The readings as CSV with the limits beside each value; times in UTC."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time_ms", "time_utc", "quantity", "value", "unit", "flag", "low", "high"])
    low, high = number(alert["low"]) or "", number(alert["high"]) or ""
    for row in values:
        at = int(row["time_ms"])
        measured = number(float(row["value"]))
        what = alert.get("quantity") or ""
        writer.writerow([at, iso(at), what, measured, alert["unit"], row["flag"], low, high])
    return text.getvalue().encode()


def _raw_object(batch: Row, original: bytes, stored: Stored) -> SealedObject:
    is_json = original.lstrip()[:1] in {b"{", b"["}
    return SealedObject(
        role="raw",
        name=f"raw-{batch['seq']}-{batch['sha256'][:ARRIVAL]}.{'json' if is_json else 'bin'}",
        sha256=stored.sha256,
        sm3=stored.sm3,
        size_bytes=stored.size_bytes,
        media_type="application/json" if is_json else "application/octet-stream",
    )


def _mismatch(alert: Row, batch: Row, stored: str) -> Finding:
    detail = f"arrived with sha256 {batch['sha256']}, lay in the database with sha256 {stored}"
    subject = f"{alert['device_id']} message {batch['seq']}"
    return Finding(kind="digest_mismatch", subject=subject, detail=detail)


def _table_object(
    objects: Vault, alert: Row, values: Sequence[Row], sources: list[str]
) -> SealedObject:
    stored = objects.put(table(alert, values))
    return SealedObject(
        role="readings",
        name="readings.csv",
        sha256=stored.sha256,
        sm3=stored.sm3,
        size_bytes=stored.size_bytes,
        media_type="text/csv; charset=utf-8",
        derived_from=sources,
    )


def arrival_of(item: SealedObject) -> str:
    """The first digits of the digest that a pinned message had on arrival."""
    return item.name.rpartition("-")[2].partition(".")[0]
